import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { SystemFlag } from '../../src/store/mail/types.ts';
import { ANNA, BERT, MailHome } from '../support/mail-home.ts';

const home = new MailHome();
const BIN = join(import.meta.dirname, '../../bin/tamis');
const MBOX = `From a@b Sat Jan  3 01:05:34 1998
Subject: one
Status: RO
X-Status: F
X-Keywords: foo $Bar

body
>From here
>>From there

From x Sun Jan  4 02:00:00 1998
Subject: two

body2

From x Sun Jan  4 02:00:00 1998
Subject: two

body2

`;
const TWO = {
  text: 'Subject: two\r\n\r\nbody2\r\n',
  system: 0,
  keywords: '',
  date: '1998-01-04T02:00:00.000Z',
};
const KEPT = [
  {
    uid: 1,
    text: 'Subject: one\r\n\r\nbody\r\nFrom here\r\n>From there\r\n',
    system: SystemFlag.seen | SystemFlag.flagged,
    keywords: 'foo $Bar',
    date: '1998-01-03T01:05:34.000Z',
  },
  { uid: 2, ...TWO },
  { uid: 3, ...TWO },
];

function maildir(folder: string, messages: Readonly<Record<string, string | Buffer>>): void {
  for (const sub of ['cur', 'new', 'tmp']) mkdirSync(join(folder, sub), { recursive: true });
  for (const [file, text] of Object.entries(messages)) {
    writeFileSync(join(folder, file), text);
    utimesSync(join(folder, file), 1_000_000_000.9, 1_000_000_000.9);
  }
}

describe('mbox', () => {
  test('flags, keywords and dates come along; the second time nothing is added, equal messages stay two', async () => {
    writeFileSync(home.path('old'), MBOX);
    const first = await home.tamis('import', 'mbox', ANNA, home.path('old'));
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^old +INBOX +3 +0 +0$/m);
    expect((await home.kept())['INBOX']).toEqual(KEPT);
    expect((await home.tamis('import', 'mbox', ANNA, home.path('old'))).stdout).toMatch(
      /^old +INBOX +0 +3 +0$/m,
    );
    expect((await home.kept())['INBOX']).toEqual(KEPT);
  });

  test('a folder of files, below a mailbox, some of it, one message', async () => {
    mkdirSync(home.path('boxes/Lists'), { recursive: true });
    writeFileSync(home.path('boxes/INBOX.mbox'), MBOX);
    writeFileSync(home.path('boxes/Lists/Tamis.mbox'), MBOX);
    writeFileSync(home.path('boxes/ignored.txt'), MBOX);
    const { stdout } = await home.tamis(
      'import',
      'mbox',
      ANNA,
      home.path('boxes'),
      '--below',
      'Old',
      '--json',
    );
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { from: 'INBOX', mailbox: 'Old/INBOX', added: 3, present: 0, failed: 0, faults: [] },
      { from: 'Lists/Tamis', mailbox: 'Old/Lists/Tamis', added: 3, present: 0, failed: 0, faults: [] },
    ]);
    await home.tamis('import', 'mbox', BERT, home.path('boxes'), '--only', 'Lists/Tamis', '--into', 'X');
    expect(Object.entries(await home.kept(BERT)).map(([name, { length }]) => [name, length])).toEqual([
      ['INBOX', 0],
      ['X', 3],
    ]);
  });

  test('what cannot be done is said', async () => {
    const nothing = home.path('nothing');
    expect(await home.tamis('import', 'mbox', ANNA, nothing)).toMatchObject({ code: 1 });
    expect(await home.tamis('import', 'mbox', 'nobody@example.org', nothing)).toMatchObject({ code: 1 });
    writeFileSync(nothing, MBOX);
    expect((await home.tamis('import', 'mbox', ANNA, nothing, '--only', 'x')).stderr).toContain(
      'no mailbox x',
    );
    expect(
      (await home.tamis('import', 'mbox', ANNA, nothing, '--into', 'x', '--below', 'y')).stderr,
    ).toContain('together');
    expect((await home.tamis('import', 'mbox', ANNA, nothing, '--message', 'x@y')).stderr).toContain('x@y');
  });
});

describe('maildir', () => {
  test("Dovecot's folders: names, flags, keywords, times, UIDs, compressed mail", async () => {
    const source = home.path('theirs');
    maildir(source, {
      'cur/300.a.host:2,FSa': 'Subject: a\n\nx\n',
      'cur/200.b.host:2,': gzipSync('Subject: b\r\n\r\nx\r\n'),
      'new/100.c.host': 'Subject: c\n\nx\n',
      'cur/.hidden': '',
      'dovecot-keywords': '0 Work\n',
      'dovecot-uidlist': '3 V5 N9\n3 :300.a.host\n7 :200.b.host\n',
      subscriptions: 'V\t2\n\nLists\tTamis\n',
    });
    maildir(join(source, '.Lists.Tamis'), { 'new/1.x.host': 'Subject: x\n\nx\n' });
    maildir(join(source, '.Entw&APw-rfe'), {});
    const { code, stdout, stderr } = await home.tamis('import', 'maildir', ANNA, source);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^INBOX +INBOX +3 +0 +0$/m);
    const kept = await home.kept();
    expect(Object.keys(kept).sort()).toEqual(['Entwürfe', 'INBOX', 'Lists/Tamis']);
    const date = '2001-09-09T01:46:40.000Z';
    expect(kept['INBOX']).toEqual([
      { uid: 3, text: 'Subject: a\r\n\r\nx\r\n', system: 5, keywords: 'Work', date },
      { uid: 7, text: 'Subject: b\r\n\r\nx\r\n', system: 0, keywords: '', date },
      { uid: 9, text: 'Subject: c\r\n\r\nx\r\n', system: 0, keywords: '', date },
    ]);
    expect((await home.tamis('import', 'maildir', ANNA, source)).stdout).toMatch(/^INBOX +INBOX +0 +3 +0$/m);
    // Who has mail already gets new UIDs.
    await home.kept(BERT);
    await home.tamis('import', 'maildir', BERT, source);
    expect((await home.kept(BERT))['INBOX']?.map(({ uid }) => uid)).toEqual([1, 2, 3]);
    const list = await home.tamis('mailbox', 'list', ANNA, '--json');
    expect(list.stdout).toMatch(/"Lists\/Tamis".*"subscribed":true/);
  });

  test('a takeover that was interrupted goes on, and another source is not mixed in', async () => {
    const messages = Object.fromEntries(
      Array.from({ length: 400 }, (_, index) => [`cur/${1000 + index}.x:2,S`, `Subject: ${index}\n\nx\n`]),
    );
    const list = Object.keys(messages).map((name, index) => `${index + 11} :${name.slice(4, -4)}\n`);
    maildir(home.path('a'), { ...messages, 'dovecot-uidlist': `3 V77 N900\n${list.join('')}` });
    maildir(home.path('b'), { 'new/1.b': 'Subject: b\n\n', 'dovecot-uidlist': '3 V88 N5\n4 :1.b\n' });
    const stages = (): string[] =>
      existsSync(home.path('data/mail'))
        ? readdirSync(home.path('data/mail')).filter((name) => name.startsWith('.import-'))
        : [];
    const child = spawn(BIN, ['import', 'maildir', '--config', home.config, ANNA, home.path('a')], {
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    while (stages().length === 0 && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 1));
    child.kill('SIGKILL');
    await ended;
    expect(stages()).toHaveLength(1);
    expect((await home.tamis('import', 'maildir', BERT, home.path('b'))).code).toBe(0);
    expect((await home.tamis('import', 'maildir', ANNA, home.path('a'))).code).toBe(0);
    expect(stages()).toEqual([]);
    const kept = (await home.kept())['INBOX'] ?? [];
    expect(kept.map(({ uid, text }) => `${uid} ${text}`)).toEqual(
      Array.from({ length: 400 }, (_, index) => `${index + 11} Subject: ${index}\r\n\r\nx\r\n`),
    );
    expect((await home.kept(BERT))['INBOX']?.map(({ uid }) => uid)).toEqual([4]);
  }, 30_000);

  test('folders in folders, and the folder of an account', async () => {
    maildir(home.path('fs/Maildir'), { 'new/1.a': 'Subject: a\n\n' });
    maildir(home.path('fs/Maildir/Lists/Tamis'), { 'new/1.b': 'Subject: b\n\n' });
    await home.tamis('import', 'maildir', ANNA, home.path('fs'));
    const kept = await home.kept();
    expect([kept['INBOX']?.length, kept['Lists/Tamis']?.length]).toEqual([1, 1]);
  });

  test('one message of a copy, by its Message-ID', async () => {
    maildir(home.path('copy'), {
      'cur/1.a:2,S': 'Message-ID: <one@example.org>\n\n',
      'cur/2.b:2,S': 'Message-ID: <two@example.org>\n\n',
    });
    const args = ['import', 'maildir', ANNA, home.path('copy'), '--into', 'Restored', '--message'];
    expect(await home.tamis(...args, '<two@example.org>')).toMatchObject({ code: 0 });
    expect(await home.tamis(...args, 'two@example.org')).toMatchObject({ code: 0 });
    expect((await home.kept())['Restored']?.map(({ text }) => text)).toEqual([
      'Message-ID: <two@example.org>\r\n\r\n',
    ]);
  });

  test("a folder that is called like others' mailboxes does not get there", async () => {
    maildir(home.path('evil'), {});
    maildir(home.path(`evil/.Other Users.bert@example&AC4-org`), { 'new/1.a': 'Subject: a\n\n' });
    const { code, stderr } = await home.tamis('import', 'maildir', ANNA, home.path('evil'));
    expect([code, stderr]).toEqual([1, expect.stringContaining('--below')]);
    expect((await home.kept(BERT))['INBOX']).toEqual([]);
  });

  test('no Maildir, a link in the place of a message', async () => {
    mkdirSync(home.path('none'));
    expect((await home.tamis('import', 'maildir', ANNA, home.path('none'))).stderr).toContain('no Maildir');
    maildir(home.path('dir'), {});
    mkdirSync(home.path('dir/cur/1.folder:2,'));
    const { code, stderr } = await home.tamis('import', 'maildir', ANNA, home.path('dir'));
    expect([code, stderr]).toEqual([1, expect.stringContaining('1.folder')]);
  });

  test("Courier's folders: UIDs, keywords, subscriptions", async () => {
    const source = home.path('courier');
    const sent = join(source, '.Sent &- Entw&APw-rfe');
    maildir(source, { 'cur/2.b.host:2,S': 'Subject: b\n\nx\n', 'new/1.a.host': 'Subject: a\n\nx\n' });
    maildir(sent, {});
    writeFileSync(join(source, 'courierimapuiddb'), '1 1000000001 12\n3 1.a.host\n11 2.b.host\n');
    writeFileSync(join(source, 'courierimapsubscribed'), 'INBOX\nINBOX.Sent &- Entw&APw-rfe\n');
    mkdirSync(join(source, 'courierimapkeywords'));
    writeFileSync(
      join(source, 'courierimapkeywords/:list'),
      'todo\n$Label1\n\n1.a.host:1\n2.b.host:0 1\ngone:0\nrubbish\n9:x\n',
    );
    // To an account without mail, and to one with some.
    await home.kept(BERT);
    for (const account of [ANNA, BERT]) {
      expect((await home.tamis('import', 'maildir', account, source)).stderr).toBe('');
      const inbox = (await home.kept(account))['INBOX'] ?? [];
      expect(
        inbox.map(({ text, system, keywords }) => [
          text.slice(9, 10),
          system,
          keywords.split(' ').sort().join(' '),
        ]),
      ).toEqual([
        ['a', 0, '$Label1'],
        ['b', 1, '$Label1 todo'],
      ]);
      if (account === ANNA) expect(inbox.map(({ uid }) => uid)).toEqual([3, 11]);
      const { stdout } = await home.tamis('mailbox', 'list', account, '--json');
      const listed = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { mailbox: string; exists: boolean; subscribed: boolean });
      expect(listed.map(({ mailbox, exists, subscribed }) => [mailbox, exists, subscribed])).toEqual([
        ['INBOX', true, true],
        ['Sent & Entwürfe', true, true],
      ]);
    }
  });

  test('names that are spelt as no server should come along, those that cannot be are told', async () => {
    const source = home.path('odd');
    const folders = [
      '.A&B',
      '.Entwürfe',
      '.x&AGEAYg-',
      '.a&AC8-b',
      'fs/Entw&APw-rfe',
      '.~home',
      '.a..b',
      '.INBOX',
    ];
    maildir(source, {});
    for (const folder of folders)
      maildir(join(source, folder), { 'cur/1.a:2,S': `Subject: ${encodeURI(folder)}\n\nx\n` });
    const { code, stderr } = await home.tamis('import', 'maildir', ANNA, source);
    expect(code).toBe(1);
    expect(stderr).toContain('~home');
    expect(stderr).toContain('a//b');
    expect(
      Object.entries(await home.kept())
        .flatMap(([name, messages]) => messages.map(({ text }) => `${name} ${text.split('\r\n')[0]}`))
        .sort(),
    ).toEqual(
      [
        'A&B Subject: .A&B',
        'Entwürfe Subject: .Entw%C3%BCrfe',
        'INBOX Subject: .INBOX',
        'a_b Subject: .a&AC8-b',
        'fs/Entwürfe Subject: fs/Entw&APw-rfe',
        'xab Subject: .x&AGEAYg-',
      ].sort(),
    );
  });

  test('links in a Maildir lead nowhere, and are told', async () => {
    const secret = home.path('secret');
    maildir(secret, { 'cur/1.secret:2,': 'Subject: secret\n\nx\n' });
    writeFileSync(home.path('passwords'), 'V\t2\n\nroot:secret\n');
    const source = home.path('theirs');
    maildir(source, { 'cur/1.own:2,': 'Subject: own\n\nx\n' });
    symlinkSync(secret, join(source, '.Link'));
    for (const sub of ['cur', 'new']) {
      mkdirSync(join(source, `.${sub}`));
      for (const each of ['cur', 'new', 'tmp'])
        if (each === sub) symlinkSync(join(secret, 'cur'), join(source, `.${sub}`, each));
        else mkdirSync(join(source, `.${sub}`, each));
    }
    symlinkSync(home.path('passwords'), join(source, 'subscriptions'));
    symlinkSync(home.path('passwords'), join(source, 'dovecot-keywords'));
    await home.kept(BERT);
    for (const list of [[], ['dovecot-uidlist']])
      for (const account of [ANNA, BERT]) {
        for (const name of list) writeFileSync(join(source, name), '3 V5 N9\n3 :1.own\n');
        const { code, stderr } = await home.tamis('import', 'maildir', account, source);
        expect(code).toBe(1);
        for (const path of ['.Link', '.cur/cur', '.new/new'])
          expect(stderr).toContain(`${join(source, path)}: links are not followed`);
        expect(JSON.stringify(await home.kept(account))).not.toContain('secret');
        expect((await home.tamis('mailbox', 'list', account)).stdout).not.toContain('secret');
      }
  });

  test('killed in the middle and started again, it gives the same', async () => {
    const messages = Object.fromEntries(
      Array.from({ length: 1500 }, (_, index) => [
        `cur/${1_000_000 + index}.x:2,${index % 3 === 0 ? 'S' : ''}`,
        `Subject: ${index % 700}\n\n${'text\n'.repeat(20)}`,
      ]),
    );
    maildir(home.path('large'), messages);
    const target = home.path(`data/mail/${ANNA}/Maildir`);
    const files = (): number => {
      try {
        return readdirSync(join(target, 'new')).length + readdirSync(join(target, 'cur')).length;
      } catch {
        return 0;
      }
    };
    for (const least of [150, 700]) {
      const args = ['import', 'maildir', '--config', home.config, ANNA, home.path('large')];
      const child = spawn(BIN, args, { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('close', resolve));
      while (files() < least && child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 2));
      child.kill('SIGKILL');
      await ended;
    }
    expect(files()).toBeLessThan(1500);
    await home.tamis('import', 'maildir', ANNA, home.path('large'));
    const kept = (await home.kept())['INBOX'] ?? [];
    const all = kept.map(({ text, system }) => `${text} ${system}`).sort();
    const expected = Object.entries(messages)
      .map(([name, text]) => `${text.replaceAll('\n', '\r\n')} ${Number(name.endsWith('S'))}`)
      .sort();
    expect(all).toEqual(expected);
  }, 60_000);
});

describe('export', () => {
  test('mbox: what was exported comes back the same', async () => {
    writeFileSync(home.path('old'), MBOX);
    await home.tamis('import', 'mbox', ANNA, home.path('old'));
    await home.tamis('import', 'mbox', ANNA, home.path('old'), '--into', 'v1.0/Lists');
    expect((await home.tamis('export', 'mbox', ANNA, home.path('out'))).stdout).toMatch(/^v1\.0\/Lists +3$/m);
    expect(readFileSync(home.path('out/INBOX.mbox'), 'utf8')).toContain(
      'From MAILER-DAEMON Sat Jan  3 01:05:34 1998\nStatus: RO\nX-Status: F\nX-Keywords: foo $Bar\nSubject: one\n\nbody\n>From here\n>>From there\n\nFrom ',
    );
    await home.tamis('import', 'mbox', BERT, home.path('out'));
    expect(await home.kept(BERT)).toEqual(await home.kept());
  });

  test('maildir: with UIDs, and again with what is new and the flags as they are then', async () => {
    writeFileSync(home.path('old'), MBOX);
    await home.tamis('import', 'mbox', ANNA, home.path('old'));
    await home.tamis('mailbox', 'create', ANNA, 'Entwürfe & mehr');
    await home.tamis('mailbox', 'subscribe', ANNA, 'Entwürfe & mehr');
    await home.tamis('export', 'maildir', ANNA, home.path('out'));
    expect(readFileSync(home.path('out/subscriptions'), 'utf8')).toBe('V\t2\n\nEntw&APw-rfe &- mehr\n');
    const list = readFileSync(home.path('out/dovecot-uidlist'), 'utf8');
    expect(list).toMatch(/^3 V\d+ N4\n1 :\S+\n2 :\S+\n3 :\S+\n$/);
    writeFileSync(home.path('more'), MBOX.replaceAll('body2', 'body3'));
    await home.tamis('import', 'mbox', ANNA, home.path('more'));
    await home.tamis('export', 'maildir', ANNA, home.path('out'));
    expect(readdirSync(home.path('out/cur'))).toHaveLength(5);
    await home.tamis('import', 'maildir', BERT, home.path('out'));
    expect((await home.kept(BERT))['INBOX']).toEqual((await home.kept())['INBOX']);
    expect((await home.tamis('export', 'maildir', ANNA, home.path('old'))).code).toBe(1);
    expect((await home.tamis('export', 'mbox', ANNA, home.path('x'), '--only', 'No')).code).toBe(1);
  });
});
