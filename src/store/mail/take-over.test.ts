import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { defaultStoreSettings } from '../settings.ts';
import { createMailStore, type OpenMailStore } from './mail-store.ts';
import type { Mailbox } from './types.ts';
import { parseCourierUidList, parseDovecotUidList } from './uid-list.ts';

const ANNA = 'anna@example.org';
let folder: string;
let maildir: string;
let store: OpenMailStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-takeover-'));
  maildir = join(folder, ANNA, 'Maildir');
  for (const part of ['tmp', 'new', 'cur']) mkdirSync(join(maildir, part), { recursive: true });
  const settings = {
    ...defaultStoreSettings,
    index: { ...defaultStoreSettings.index, scanInterval: 0, flagDelay: 1 },
  };
  store = createMailStore({ folder, settings, log: silentLog });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const mail = (name: string): void => writeFileSync(join(maildir, name), `Subject: ${name}\n\nx\n`);
async function inbox(): Promise<Mailbox> {
  const found = await (await store.account(ANNA)).mailbox('INBOX');
  if (found === undefined) throw new Error('no INBOX');
  await found.sync();
  return found;
}
const seen = (mailbox: Mailbox): unknown[] =>
  [...mailbox.facts([[1, 0xffff_ffff]])].map(({ uid, system, keywords }) => [uid, system, keywords]);

describe("Dovecot's folders", () => {
  test('keep UIDs, UIDVALIDITY, flags, keywords and subscriptions', async () => {
    mail('cur/300.c.host,S=20:2,Sb');
    mail('cur/100.a.host:2,F');
    mail('new/200.b.host');
    writeFileSync(
      join(maildir, 'dovecot-uidlist'),
      '3 V1275660208 N25 Gabc\n7 :100.a.host\n9 W500 S20 :300.c.host,S=20\n',
    );
    writeFileSync(join(maildir, 'dovecot-keywords'), '0 $Label1\n1 Work\n');
    writeFileSync(
      join(maildir, 'subscriptions'),
      'V\t2\n\nLists\tTamis\nINBOX\nEntw&APw-rfe\nA&-B\nÜber\n\x1b[31m\n',
    );
    const mailbox = await inbox();
    expect(mailbox.uidValidity).toBe(1_275_660_208);
    expect(seen(mailbox)).toEqual([
      [7, 4, ''],
      [9, 1, 'Work'],
      [25, 0, ''],
    ]);
    expect(mailbox.status().uidNext).toBe(26);
    expect((await store.account(ANNA)).subscriptions()).toEqual([
      'A&B',
      'Entwürfe',
      'INBOX',
      'Lists/Tamis',
      'Über',
    ]);
    await (await store.account(ANNA)).subscribe('Lists/1.5 % für', true);
    expect(readFileSync(join(maildir, 'subscriptions'), 'utf8')).toBe(
      'V\t2\n\nA&-B\nEntw&APw-rfe\nINBOX\nLists\t1&AC4-5 % f&APw-r\nLists\tTamis\n&ANw-ber\n',
    );
    // What we add to the keywords goes where Dovecot looks for it.
    await mailbox.store([7], { mode: 'add', flags: { system: 0, keywords: ['mine', 'work'] } });
    expect(readFileSync(join(maildir, 'dovecot-keywords'), 'utf8')).toBe('0 $Label1\n1 Work\n2 mine\n');
    expect(seen(mailbox)[0]).toEqual([7, 4, 'mine Work']);
  });

  test('a keyword that Dovecot adds later, and a letter that it gives to another', async () => {
    mail('cur/1.a:2,');
    const mailbox = await inbox();
    await mailbox.store([1], { mode: 'add', flags: { system: 0, keywords: ['ours'] } });
    writeFileSync(join(maildir, 'dovecot-keywords'), '0 theirs\n');
    await store.account(ANNA);
    await mailbox.append([{ pieces: [Buffer.from('x')] }]);
    await (mailbox as unknown as { settle(): Promise<void> }).settle();
    await expect.poll(() => mailbox.sync().then(() => mailbox.status().keywords)).toEqual(['theirs', 'ours']);
    expect(seen(mailbox)[0]).toEqual([1, 0, 'ours']);
  });
});

test("Courier's list of UIDs", async () => {
  mail('cur/1.a:2,S');
  mail('cur/2.b:2,');
  writeFileSync(join(maildir, 'courierimapuiddb'), '1 1000000001 12\n3 1.a\n11 2.b\n');
  const mailbox = await inbox();
  expect(mailbox.uidValidity).toBe(1_000_000_001);
  expect(seen(mailbox).map((row) => (row as number[])[0])).toEqual([3, 11]);
});

test.each([
  ['', undefined],
  ['2 V1 N2', undefined],
  ['3 V0 N2\n', undefined],
  ['3 Vx N2\n', undefined],
  ['3 V5 N3\n2 :b\n1 :a\n', undefined],
  ['3 V5 N3\n1 :a\n99999999999 :b\n', undefined],
  [
    '3 V5 N2\n1 :a:2,S\nrubbish\n7 :b\n',
    {
      uidValidity: 5,
      uidNext: 8,
      uids: new Map([
        ['a', 1],
        ['b', 7],
      ]),
    },
  ],
  ['1 5 3\n2 name\n', { uidValidity: 5, uidNext: 3, uids: new Map([['name', 2]]) }],
])('dovecot-uidlist %j', (text, expected) => {
  expect(parseDovecotUidList(text)).toEqual(expected);
});

test('a list of Courier that is none', () => {
  expect(parseCourierUidList('2 5 3\n1 a\n')).toBeUndefined();
  expect(parseCourierUidList('1 5\n1 a\n')).toBeUndefined();
});

describe('folders that others move', () => {
  test('a mailbox keeps its UIDs when its folder is renamed, and is gone when it is removed', async () => {
    const account = await store.account(ANNA);
    const made = await account.create('Old');
    await made.append([{ pieces: [Buffer.from('Subject: x\r\n\r\n')] }]);
    renameSync(join(maildir, '.Old'), join(maildir, '.New'));
    const names = async (): Promise<string[]> => (await account.mailboxes()).map(({ name }) => name);
    await expect.poll(names).toEqual(['INBOX', 'New']);
    expect([made.name, made.status().messages]).toEqual(['New', 1]);
    expect(await account.mailbox('Old')).toBeUndefined();
    rmSync(join(maildir, '.New'), { recursive: true });
    await expect.poll(names).toEqual(['INBOX']);
    expect(() => made.status()).toThrow(expect.objectContaining({ reason: 'not-found' }));
    await expect(made.append([{ pieces: [] }])).rejects.toMatchObject({ reason: 'not-found' });
  });

  test('a copied folder becomes a mailbox of its own', async () => {
    const account = await store.account(ANNA);
    const made = await account.create('One');
    mkdirSync(join(maildir, '.Two'));
    const facts = readFileSync(join(maildir, '.One/tamis-mailbox.json'));
    writeFileSync(join(maildir, '.Two/tamis-mailbox.json'), facts);
    const ids = async (): Promise<string[]> => (await account.mailboxes()).map(({ mailboxId }) => mailboxId);
    await expect.poll(async () => new Set(await ids()).size).toBe(3);
    expect((await account.mailbox('One'))?.mailboxId).toBe(made.mailboxId);
  });
});

describe('mailboxes', () => {
  test('create, rename with what is below, delete, and INBOX', async () => {
    const account = await store.account(ANNA);
    await account.create('a/b', { specialUse: ['\\Sent'] });
    await account.create('a');
    await expect(account.create('a')).rejects.toMatchObject({ reason: 'exists' });
    await expect(account.rename('a', 'a/c')).rejects.toMatchObject({ reason: 'in-use' });
    await expect(account.rename('none', 'c')).rejects.toMatchObject({ reason: 'not-found' });
    const child = await account.mailbox('a/b');
    expect(child?.specialUse).toEqual(['\\Sent']);
    await account.rename('a', 'x/y');
    const names = async (): Promise<string[]> => (await account.mailboxes()).map(({ name }) => name);
    expect(await names()).toEqual(['INBOX', 'x/y', 'x/y/b']);
    expect(child?.name).toBe('x/y/b');
    await expect(account.delete('x')).rejects.toMatchObject({ reason: 'in-use' });
    await expect(account.delete('inbox')).rejects.toMatchObject({ reason: 'in-use' });
    const box = await inbox();
    await box.append([{ pieces: [Buffer.from('Subject: x\r\n\r\n')] }]);
    await account.rename('INBOX', 'Archive/2026');
    expect(box.status().messages).toBe(0);
    expect((await account.mailbox('Archive/2026'))?.status().messages).toBe(1);
    const old = child?.uidValidity ?? 0;
    await account.delete('x/y/b');
    expect((await account.create('x/y/b')).uidValidity).toBeGreaterThan(old);
  });
});
