import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { createMailStore, type OpenMailStore } from '../mail/mail-store.ts';
import type { Mailbox } from '../mail/types.ts';
import { defaultStoreSettings } from '../settings.ts';

const ANNA = 'anna@example.org';
const BERT = 'bert@example.org';
let folder: string;
let store: OpenMailStore;
let mailbox: Mailbox;

const box = async (account: string, name: string): Promise<Mailbox> => {
  const found = await (await store.account(account)).mailbox(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const subjects = async (from: Mailbox): Promise<unknown[]> => {
  const found: unknown[] = [];
  for (const uid of from.uids()) found.push((await from.content(uid))?.envelope.subject);
  return found;
};
const faults = async (): Promise<string[]> => (await store.check(ANNA)).faults.map(({ text }) => text);

function change(sql: string): void {
  const db = new DatabaseSync(join(folder, ANNA, 'index.sqlite'));
  db.exec(sql);
  db.close();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-contents-'));
  store = createMailStore({ folder, settings: defaultStoreSettings, log: silentLog });
  mailbox = await box(ANNA, 'INBOX');
  await mailbox.append(
    ['one', 'two', 'three'].map((text) => ({ pieces: [Buffer.from(`Subject: ${text}\r\n\r\nx\r\n`)] })),
  );
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  ['is no JSON any more', `UPDATE content SET data = replace(data, '"', char(1))`],
  ['says something else', `UPDATE content SET data = replace(data, 'two', 'too')`],
  ['is no text', 'UPDATE content SET data = zeroblob(20)'],
  ['has another checksum', 'UPDATE content SET checksum = checksum + 1'],
  ['is that of another message', 'UPDATE message SET content = content % 3 + 1'],
  ['is gone', 'DELETE FROM content'],
])('content that %s is made anew from the file', async (what, sql) => {
  change(sql);
  if (what !== 'is gone') expect((await faults())[0]).toMatch(/^what is kept of UID \d is damaged$/);
  expect(await subjects(mailbox)).toEqual(['one', 'two', 'three']);
  expect(await faults()).toEqual([]);
  // It is kept: the file is not read again.
  change(`UPDATE message SET name = 'elsewhere' || uid`);
  expect((await mailbox.content(2))?.envelope.subject).toBe('two');
});

test('content without a checksum is believed when it can be read', async () => {
  change(`UPDATE content SET checksum = NULL, data = replace(data, 'two', 'too')`);
  expect(await subjects(mailbox)).toEqual(['one', 'too', 'three']);
  change(`UPDATE content SET data = '{' WHERE data LIKE '%too%'`);
  expect(await subjects(mailbox)).toEqual(['one', 'two', 'three']);
});

test('copies share it, also what is mended; into another account only what is sound is taken', async () => {
  const account = await store.account(ANNA);
  await mailbox.copy([1, 2, 3], await account.create('Copies'));
  const elsewhere = await box(BERT, 'INBOX');
  change(`UPDATE content SET data = replace(data, 'two', 'too')`);
  await mailbox.copy([1, 2, 3], elsewhere);
  expect(await subjects(elsewhere)).toEqual(['one', 'two', 'three']);
  expect(await subjects(await box(ANNA, 'Copies'))).toEqual(['one', 'two', 'three']);
  expect(await faults()).toEqual([]);
});

test('an index of before the checksums gets them', async () => {
  await store.close();
  change('ALTER TABLE content DROP COLUMN checksum; PRAGMA user_version = 3');
  store = createMailStore({ folder, settings: defaultStoreSettings, log: silentLog });
  mailbox = await box(ANNA, 'INBOX');
  await mailbox.append([{ pieces: [Buffer.from('Subject: four\r\n\r\n')] }]);
  expect(await subjects(mailbox)).toEqual(['one', 'two', 'three', 'four']);
  expect(await faults()).toEqual([]);
});
