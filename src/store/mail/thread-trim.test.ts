import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLog } from '../../log.ts';
import { defaultStoreSettings } from '../settings.ts';
import type { IndexedAccount } from './account.ts';
import { createMailStore, type OpenMailStore } from './mail-store.ts';
import { trimThreads } from './thread-trim.ts';
import { type Mailbox, type NewMessage, SystemFlag } from './types.ts';

const ANNA = 'anna@example.org';
/** References of one message: with it 21 rows. */
const REFERENCES = 20;
let folder: string;
let store: OpenMailStore;
let account: IndexedAccount;
let inbox: Mailbox;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-trim-'));
  store = createMailStore({ folder, settings: defaultStoreSettings, log: silentLog });
  account = (await store.account(ANNA)) as IndexedAccount;
  inbox = (await account.mailbox('INBOX')) as Mailbox;
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const mail = (number: number): NewMessage => ({
  pieces: [
    Buffer.from(
      `Message-ID: <${number}@x>\r\nReferences:${Array.from({ length: REFERENCES }, (_, at) => ` <${number}.${at}@y>`).join('')}\r\n\r\n`,
    ),
  ],
});
const rows = (): number =>
  account.index.read((db) => db.get<[number]>('SELECT count(*) FROM thread')?.[0] ?? 0);
const threads = (): string[] => [...inbox.facts([[1, 0xffff_ffff]])].map(({ threadId }) => threadId);
async function fill(from: number, to: number): Promise<void> {
  await inbox.append(Array.from({ length: to - from }, (_, at) => mail(from + at)));
}
async function expunge(...uids: number[]): Promise<void> {
  await inbox.store(uids, { mode: 'add', flags: { system: SystemFlag.deleted, keywords: [] } });
  await inbox.expunge(uids);
}
const trim = (): Promise<number> => trimThreads(account.index, () => false);
const each = REFERENCES + 1;

test('references of threads without a message go, those of others stay', async () => {
  await fill(0, 100);
  await expunge(...Array.from({ length: 90 }, (_, at) => at + 1));
  const before = threads();
  expect(await trim()).toBe(90 * each);
  expect(rows()).toBe(10 * each);
  expect(threads()).toEqual(before);
  // An answer finds its thread still.
  await inbox.append([{ pieces: [Buffer.from('In-Reply-To: <95@x>\r\n\r\n')] }]);
  expect(threads().at(-1)).toBe(before[5]);
});

test('a thread lives as long as one of its messages, in whatever mailbox', async () => {
  await fill(0, 60);
  await inbox.copy([1, 2], await account.create('Other'), { move: true });
  await expunge(...Array.from({ length: 58 }, (_, at) => at + 3));
  expect(await trim()).toBe(58 * each);
  expect(rows()).toBe(2 * each);
});

test('nothing is looked through before there are twice as many as were left', async () => {
  await fill(0, 60);
  expect(await trim()).toBe(0);
  await expunge(1, 2, 3);
  await fill(60, 119);
  expect(await trim()).toBe(0);
  await fill(119, 120);
  expect(await trim()).toBe(3 * each);
});

test('what comes in while it is looked through stays', async () => {
  await fill(0, 60);
  const [thread = ''] = threads();
  await expunge(...Array.from({ length: 59 }, (_, at) => at + 1));
  let asked = 0;
  const removed = await trimThreads(account.index, () => {
    // After the messages were read, before the first row goes: another process has got an answer to the first message.
    if (asked++ === 1) {
      const other = new DatabaseSync(join(folder, ANNA, 'index.sqlite'), { timeout: 5000 });
      other.exec(`BEGIN IMMEDIATE; CREATE TEMP TABLE copied AS SELECT * FROM message;
        UPDATE copied SET uid = 61, name = 'other', content = NULL, thread_id = '${thread}';
        INSERT INTO message SELECT * FROM copied; UPDATE mailbox SET uid_next = 62; COMMIT`);
      other.close();
    }
    return false;
  });
  expect(removed).toBe(58 * each);
  expect(rows()).toBe(2 * each);
});

test('waits while there are messages that nobody has described', async () => {
  await fill(0, 60);
  await expunge(1);
  const index = new DatabaseSync(join(folder, ANNA, 'index.sqlite'), { timeout: 5000 });
  index.exec(`UPDATE message SET email_id = '', thread_id = '' WHERE uid = 2`);
  index.close();
  expect(await trim()).toBe(0);
  expect(rows()).toBe(60 * each);
});

test('an account looks after it by itself, a minute after a change', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    await fill(0, 60);
    await expunge(...Array.from({ length: 60 }, (_, at) => at + 1));
    await vi.advanceTimersByTimeAsync(60_000);
  } finally {
    vi.useRealTimers();
  }
  await expect.poll(rows, { timeout: 10_000 }).toBe(0);
});
