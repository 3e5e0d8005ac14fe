import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Log, silentLog } from '../../log.ts';
import { type Disk, disk } from '../durable.ts';
import { createMailStore, type OpenMailStore } from '../mail/mail-store.ts';
import type { Mailbox } from '../mail/types.ts';
import { defaultStoreSettings } from '../settings.ts';

const ANNA = 'anna@example.org';
let folder: string;
let store: OpenMailStore;
let warnings: string[];
const log: Log = { ...silentLog, warn: (_, text) => void warnings.push(text), child: () => log };
const failing: Disk = { ...disk };
const settings = {
  ...defaultStoreSettings,
  index: { ...defaultStoreSettings.index, scanInterval: 0, lockWait: 200 },
};

const open = (): OpenMailStore => createMailStore({ folder, settings, log, disk: failing });
const inbox = async (from = store): Promise<Mailbox> => {
  const found = await (await from.account(ANNA)).mailbox('INBOX');
  if (found === undefined) throw new Error('no INBOX');
  await found.sync();
  return found;
};
const mail = (text: string): { pieces: Uint8Array[] } => ({
  pieces: [Buffer.from(`Subject: ${text}\r\n\r\nx\r\n`)],
});
const index = (): string => join(folder, ANNA, 'index.sqlite');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-damage-'));
  warnings = [];
  Object.assign(failing, disk);
  store = open();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function filled(): Promise<{ uidValidity: number; mailboxId: string }> {
  const mailbox = await inbox();
  await mailbox.append([mail('a'), { ...mail('b'), flags: { system: 5, keywords: ['Work'] } }]);
  await (await store.account(ANNA)).subscribe('Elsewhere', true);
  const { uidValidity, mailboxId } = mailbox;
  await store.close();
  store = open();
  return { uidValidity, mailboxId };
}

test.each([
  ['no database', () => writeFileSync(index(), 'x'.repeat(5000))],
  ['cut off', () => truncateSync(index(), Math.floor(statSync(index()).size / 2))],
  ['overwritten in the middle', () => writeFileSync(index(), Buffer.alloc(60_000, 7), { flag: 'r+' })],
  ['removed', () => unlinkSync(index())],
])('an index that is %s is made anew, under another UIDVALIDITY', async (_, damage) => {
  const before = await filled();
  damage();
  let mailbox: Mailbox | undefined;
  // The first call may be the one that notices.
  for (let attempt = 0; attempt < 3 && mailbox === undefined; attempt++)
    mailbox = await inbox().catch(() => undefined);
  expect(mailbox?.status()).toMatchObject({ messages: 2, unseen: 1, keywords: ['Work'] });
  expect(mailbox?.mailboxId).toBe(before.mailboxId);
  expect(mailbox?.uidValidity).toBeGreaterThan(before.uidValidity);
  expect((await store.account(ANNA)).subscriptions()).toEqual(['Elsewhere']);
  expect((await store.check(ANNA)).faults).toEqual([]);
  const aside = readdirSync(join(folder, ANNA)).filter((name) => name.startsWith('index.sqlite.damaged-'));
  expect([aside.length > 0, warnings.length > 0]).toEqual(_ === 'removed' ? [false, false] : [true, true]);
});

test('damage or loss while it is open', async () => {
  const mailbox = await inbox();
  await mailbox.append([mail('a')]);
  for (const suffix of ['', '-wal', '-shm']) unlinkSync(index() + suffix);
  await expect(mailbox.append([mail('b')])).rejects.toMatchObject({ reason: 'not-found' });
  const again = await inbox();
  expect(again.status().messages).toBe(1);
  await again.append([mail('b')]);
  expect(again.uidValidity).toBeGreaterThan(mailbox.uidValidity);
  expect([...again.uids()]).toEqual([1, 2]);
});

test.each([
  ['UIDs below 1', `UPDATE message SET uid = -uid`],
  ['a flag that is a text', `UPDATE message SET system = 'x'`],
  ['a name that is none', `UPDATE message SET info = zeroblob(3)`],
  ['a mailbox that is no name', 'UPDATE mailbox SET special_use = zeroblob(3)'],
  ['a number that is none', `UPDATE mailbox SET uid_next = 'many'`],
  [
    'a column of another name',
    `PRAGMA writable_schema = ON;
     UPDATE sqlite_schema SET sql = replace(sql, 'forgotten', 'forgotton') WHERE name = 'mailbox'`,
  ],
  ['a table that is gone', 'DROP TABLE keyword'],
])('an index with %s is made anew, by itself or by rebuild', async (_, sql) => {
  await filled();
  await store.close();
  const db = new DatabaseSync(index());
  db.enableDefensive(false);
  db.exec(sql);
  db.close();
  store = open();
  const report = await store.check(ANNA).catch(() => undefined);
  if (report === undefined || report.faults.length > 0) await store.rebuild(ANNA);
  const mailbox = await inbox();
  expect(mailbox.status()).toMatchObject({ messages: 2, unseen: 1, keywords: ['Work'] });
  expect([...mailbox.uids()]).toEqual([1, 2]);
  expect((await store.check(ANNA)).faults).toEqual([]);
});

test('a newer schema is refused, and left as it is', async () => {
  await filled();
  const db = new DatabaseSync(index());
  db.exec('PRAGMA user_version = 99');
  db.close();
  await expect(inbox()).rejects.toMatchObject({
    reason: 'io',
    message: expect.stringContaining('newer') as string,
  });
  expect(readdirSync(join(folder, ANNA)).some((name) => name.includes('damaged'))).toBe(false);
});

test('rebuild and check on demand: UIDs are kept, and clients are told of everything', async () => {
  const before = await filled();
  const old = await inbox();
  await old.store([1], { mode: 'add', flags: { system: 8, keywords: [] } });
  await old.expunge();
  const { highestModseq } = old.status();
  const told: string[] = [];
  const report = await store.rebuild(ANNA, (name, count) => told.push(`${name} ${count}`));
  expect(report).toMatchObject({ messages: 1, faults: [] });
  expect(told).toEqual(['INBOX 1']);
  expect(await store.check(ANNA)).toMatchObject({ messages: 1, faults: [] });
  const anew = await inbox();
  expect(anew).toMatchObject(before);
  expect(anew.changes(highestModseq).changed).toMatchObject([{ uid: 2, system: 5, keywords: 'Work' }]);
  expect(anew.changes(highestModseq - 1)).toMatchObject({ vanished: [1], complete: false });
  expect((await anew.append([mail('c')])).uids).toEqual([3]);
  const db = new DatabaseSync(index());
  db.exec('UPDATE mailbox SET unseen = 7');
  db.close();
  expect((await store.check(ANNA)).faults).toMatchObject([{ mailbox: 'INBOX' }]);
});

test('a lock that another process holds is waited for, and given up in the end', async () => {
  const mailbox = await inbox();
  const db = new DatabaseSync(index());
  db.exec('BEGIN IMMEDIATE');
  const waiting = mailbox.append([mail('a')]);
  setTimeout(() => db.exec('COMMIT'), 50);
  expect((await waiting).uids).toEqual([1]);
  db.exec('BEGIN IMMEDIATE');
  await expect(mailbox.append([mail('b')])).rejects.toMatchObject({ reason: 'io' });
  db.exec('COMMIT');
  db.close();
  await mailbox.sync();
  // Nothing is left of what was refused.
  expect(mailbox.status().messages).toBe(1);
});

test.each(['write', 'rename', 'syncFolder', 'link'] as const)(
  'a disk whose %s fails leaves nothing of an append, a copy or a move',
  async (step) => {
    const account = await store.account(ANNA);
    const mailbox = await inbox();
    const target = await account.create('T');
    await mailbox.append([mail('a'), mail('b')]);
    Object.assign(failing, {
      [step]: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })),
    });
    const failed = async (work: Promise<unknown>): Promise<void> => {
      if (
        await work.then(
          () => false,
          (error: { reason?: string }) => error.reason === 'full',
        )
      )
        return;
      throw new Error('it did not fail');
    };
    if (step !== 'link') await failed(mailbox.append([mail('c'), mail('d')]));
    if (step !== 'write' && step !== 'rename') await failed(mailbox.copy([1, 2], target));
    if (step === 'rename' || step === 'syncFolder')
      await failed(mailbox.copy([1, 2], target, { move: true }));
    Object.assign(failing, disk);
    await mailbox.sync();
    await target.sync();
    expect([[...mailbox.uids()], [...target.uids()]]).toEqual([[1, 2], []]);
    expect((await store.check(ANNA)).faults).toEqual([]);
    expect(readdirSync(join(folder, ANNA, 'Maildir/tmp'))).toEqual([]);
  },
);

const root = process.getuid?.() === 0;
test.skipIf(root)(
  `a folder that may only be read is a clear error${root ? ' (skipped: root may write anywhere)' : ''}`,
  async () => {
    await filled();
    chmodSync(join(folder, ANNA, 'Maildir/tmp'), 0o500);
    const mailbox = await inbox();
    await expect(mailbox.append([mail('c')])).rejects.toMatchObject({
      reason: 'io',
      message: expect.stringContaining('EACCES') as string,
    });
    chmodSync(join(folder, ANNA, 'Maildir/tmp'), 0o700);
  },
);
