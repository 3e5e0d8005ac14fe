import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { tamis } from '../support/tamis.ts';

const folder = mkdtempSync(join(tmpdir(), 'tamis-replay-'));
const maildir = join(folder, 'Maildir');
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const makeMaildir = (path: string): void => {
  for (const part of ['', 'cur', 'new', 'tmp']) mkdirSync(join(path, part), { recursive: true });
};
const mail = (subject: string, more = ''): string =>
  `Return-Path: <${subject}@sender.test>\nDelivered-To: me+${subject}@tamis.test\nTo: all@tamis.test\nSubject: ${subject}\n${more}\ntext\n`;
/** Files of a mailbox as `folder/name`, sorted. */
const listing = (mailbox = ''): string[] =>
  ['cur', 'new'].flatMap((part) =>
    readdirSync(join(maildir, mailbox, part))
      .sort()
      .map((name) => `${part}/${name}`),
  );

beforeEach(() => {
  rmSync(maildir, { recursive: true, force: true });
  makeMaildir(maildir);
  makeMaildir(join(maildir, '.Sent'));
  const put = (name: string, text: string): void => writeFileSync(join(maildir, name), text);
  put('cur/1.a.host:2,S', mail('lists', 'List-Id: <x.example.org>\n'));
  put('cur/2.b.host:2,aS', mail('junk'));
  put('new/3.c.host', mail('plain'));
  put('new/4.d.host', mail('forward'));
  put('.Sent/cur/5.e.host:2,S', mail('junk'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const script = file(
  'new.sieve',
  `require ["fileinto", "envelope"];
if exists "list-id" { fileinto "Lists/All"; }
elsif envelope :localpart "from" "junk" { discard; }
elsif envelope "to" "me+forward@tamis.test" { redirect "other@elsewhere.test"; }
`,
);
const old = file(
  'old.sieve',
  'require "fileinto";\nif exists "list-id" { fileinto "Lists"; }\nif header "subject" "junk" { discard; }\n',
);

describe('tamis sieve replay', () => {
  it('counts per action and folder, then shows each message; nothing is changed', async () => {
    const before = listing();
    const { code, stdout, stderr } = await tamis(['sieve', 'replay', '--script', script, maildir]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        '4 messages',
        '    1  discard',
        '    1  fileinto "Lists/All"',
        '    1  keep',
        '    1  redirect "other@elsewhere.test"',
        '',
        `${maildir}/cur/1.a.host:2,S  lists`,
        '    fileinto "Lists/All"',
        `${maildir}/cur/2.b.host:2,aS  junk`,
        '    discard',
        `${maildir}/new/3.c.host  plain`,
        '    keep',
        `${maildir}/new/4.d.host  forward`,
        '    redirect "other@elsewhere.test"',
        '',
      ].join('\n'),
    );
    expect(listing()).toEqual(before);
  });

  it('compares with another script and shows what changes only', async () => {
    const args = ['sieve', 'replay', '--script', script, '--against', old, maildir];
    const { stdout } = await tamis(args);
    expect(stdout.split('\n')).toEqual([
      '4 messages, 2 of them with another outcome',
      '  now  before  change  action',
      '    1       2      -1  keep',
      '    1       1          discard',
      '    1       0      +1  fileinto "Lists/All"',
      '    1       0      +1  redirect "other@elsewhere.test"',
      '    0       1      -1  fileinto "Lists"',
      '',
      `${maildir}/cur/1.a.host:2,S  lists`,
      '  - fileinto "Lists"',
      '  + fileinto "Lists/All"',
      `${maildir}/new/4.d.host  forward`,
      '  - keep',
      '  + redirect "other@elsewhere.test"',
      '',
    ]);
    const json = await tamis([...args, '--json']);
    const lines = json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatchObject({
      file: join(maildir, 'cur/1.a.host:2,S'),
      subject: 'lists',
      sender: 'lists@sender.test',
      recipient: 'me+lists@tamis.test',
      actions: [{ type: 'fileinto', mailbox: 'Lists/All', line: 2 }],
      before: [{ type: 'fileinto', mailbox: 'Lists' }],
    });
    expect(lines[2]).toMatchObject({ summary: { messages: 4, failed: 0, changed: 2 } });
  });

  it('reads an mbox, files and standard input, with an envelope that is given', async () => {
    const mbox = file(
      'box',
      `From a Thu Nov 19 10:00:00 2026\n${mail('one')}\nFrom b Thu Nov 19 10:00:01 2026\n${mail('two')}`,
    );
    const { code, stdout } = await tamis(
      [
        'sieve',
        'replay',
        '--json',
        '--script',
        script,
        '--from',
        '',
        '--to',
        'me+forward@tamis.test',
        mbox,
        '-',
      ],
      mail('three'),
    );
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map((line) => line['file'])).toEqual([`${mbox}:1`, `${mbox}:2`, '-', undefined]);
    expect(lines[0]).toMatchObject({ sender: '', actions: [{ type: 'redirect' }] });
    expect(lines[3]).toEqual({
      summary: {
        messages: 3,
        failed: 0,
        counts: [{ action: 'redirect "other@elsewhere.test"', messages: 3 }],
      },
    });
  });

  it('tells of scripts that fail, and goes on', async () => {
    const failing = file(
      'failing.sieve',
      'if header "subject" "plain" { redirect "a@b.test"; redirect "b@b.test"; redirect "c@b.test"; redirect "d@b.test"; redirect "e@b.test"; }\n',
    );
    const { code, stdout } = await tamis(['sieve', 'replay', '--script', failing, maildir]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^4 messages, 1 failed\n/);
    expect(stdout).toMatch(/plain\n {4}keep\n {4}error: failing: line 1: error: too many redirect/);
  });

  it('refuses what cannot be', async () => {
    const replay = (...args: string[]) => tamis(['sieve', 'replay', '--script', script, ...args]);
    expect((await replay()).code).toBe(2);
    expect((await replay('--apply', '--against', old, maildir)).code).toBe(2);
    expect((await replay('--allow-discard', maildir)).code).toBe(2);
    expect((await replay('--apply', maildir, maildir)).code).toBe(2);
    expect((await replay('--apply', script)).stderr).toContain('--apply needs a folder of a Maildir');
    expect((await replay(join(folder, 'none'))).code).toBe(1);
    expect(
      (await tamis(['sieve', 'replay', '--script', file('bad.sieve', 'kep;'), maildir])).stderr,
    ).toContain('bad: line 1: error: unknown command kep');
  });
});

describe('tamis sieve replay --apply', () => {
  const apply = (...args: string[]) => tamis(['sieve', 'replay', '--apply', ...args]);

  it('moves, keeps what would be sent or discarded, and says so', async () => {
    const moved = readFileSync(join(maildir, 'cur/1.a.host:2,S'));
    const { code, stdout } = await apply('--script', script, maildir);
    expect(code).toBe(0);
    expect(listing()).toEqual(['cur/2.b.host:2,aS', 'new/3.c.host', 'new/4.d.host']);
    expect(listing('.Lists.All')).toEqual(['cur/1.a.host:2,S']);
    expect(readFileSync(join(maildir, '.Lists.All/cur/1.a.host:2,S'))).toEqual(moved);
    expect(existsSync(join(maildir, '.Lists.All/maildirfolder'))).toBe(true);
    expect(listing('.Lists')).toEqual([]);
    // Subfolders are mailboxes of their own.
    expect(listing('.Sent')).toEqual(['cur/5.e.host:2,S']);
    expect(stdout).toContain('not done: discard (needs --allow-discard)');
    expect(stdout).toContain('not done: redirect "other@elsewhere.test"');
  });

  it('removes what is discarded when that is allowed', async () => {
    expect((await apply('--allow-discard', '--script', script, maildir)).code).toBe(0);
    expect(listing()).toEqual(['new/3.c.host', 'new/4.d.host']);
  });

  it('puts one message into several folders; new stays new, and the inbox is reached from a subfolder', async () => {
    const several = file(
      'several.sieve',
      'require "fileinto"; fileinto "A"; fileinto "INBOX"; fileinto "B";',
    );
    expect((await apply('--script', several, join(maildir, '.Sent'))).code).toBe(0);
    expect(listing('.Sent')).toEqual([]);
    expect(listing()).toContain('cur/5.e.host:2,S');
    expect(listing('.A')).toEqual(['cur/5.e.host:2,S']);
    await apply('--script', file('b.sieve', 'require "fileinto"; fileinto "B";'), maildir);
    expect(listing('.B')).toContain('new/3.c.host');
    expect(listing()).toEqual([]);
  });

  it('adds flags to those a message has', async () => {
    const flags = file(
      'flags.sieve',
      'require ["imap4flags", "fileinto"];\naddflag "\\\\Flagged";\nif header "subject" "lists" { fileinto "L"; }\n',
    );
    expect((await apply('--script', flags, maildir)).code).toBe(0);
    expect(listing('.L')).toEqual(['cur/1.a.host:2,FS']);
    expect(listing()).toEqual(['cur/2.b.host:2,FSa', 'cur/3.c.host:2,F', 'cur/4.d.host:2,F']);
  });

  it('never writes over another message, and leaves one where it is whose mailbox cannot be', async () => {
    makeMaildir(join(maildir, '.B'));
    writeFileSync(join(maildir, '.B/new/3.c.host'), 'another');
    const { code, stdout } = await apply(
      '--script',
      file('b.sieve', 'require "fileinto"; fileinto "B";'),
      maildir,
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/new\/3\.c\.host {2}plain\n {4}fileinto "B"\n {4}error: EEXIST/);
    expect(readFileSync(join(maildir, '.B/new/3.c.host'), 'utf8')).toBe('another');
    expect(listing()).toEqual(['new/3.c.host']);
    const odd = await apply('--script', file('odd.sieve', 'require "fileinto"; fileinto "a//b";'), maildir);
    expect(odd.code).toBe(1);
    expect(odd.stdout).toContain('a level is empty');
    expect(listing()).toEqual(['new/3.c.host']);
  });

  it('does the same again without harm', async () => {
    await apply('--script', script, maildir);
    const after = listing();
    const { stdout } = await apply('--script', script, maildir);
    expect(listing()).toEqual(after);
    expect(stdout).toMatch(/^3 messages\n/);
    // A move that was cut off between its two steps: the message is in both, and is one file.
    const name = 'cur/1.a.host:2,S';
    const { linkSync } = await import('node:fs');
    linkSync(join(maildir, '.Lists.All', name), join(maildir, name));
    expect((await apply('--script', script, maildir)).code).toBe(0);
    expect(listing()).toEqual(after);
    expect(listing('.Lists.All')).toEqual([name]);
  });
});
