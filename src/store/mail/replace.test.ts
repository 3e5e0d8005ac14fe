import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { type Disk, disk } from '../durable.ts';
import { defaultStoreSettings } from '../settings.ts';
import { createMailStore, type OpenMailStore } from './mail-store.ts';
import type { Mailbox, NewMessage } from './types.ts';

const ANNA = 'anna@example.org';
let folder: string;
let store: OpenMailStore;
let failing: string | undefined;

/** Fails at one step when it is told to. */
const fragile: Disk = {
  ...disk,
  rename: (from, to) =>
    failing === 'rename' ? Promise.reject(new Error('no rename')) : disk.rename(from, to),
  syncFolder: (path) => (failing === 'sync' ? Promise.reject(new Error('no fsync')) : disk.syncFolder(path)),
};
const open = (quota = {}): OpenMailStore =>
  createMailStore({
    folder,
    settings: { ...defaultStoreSettings, quota: { ...defaultStoreSettings.quota, ...quota } },
    log: silentLog,
    disk: fragile,
  });
const box = async (name = 'INBOX', account = ANNA): Promise<Mailbox> => {
  const mail = await store.account(account);
  return (await mail.mailbox(name)) ?? mail.create(name);
};
const text = (subject: string): NewMessage => ({ pieces: [Buffer.from(`Subject: ${subject}\r\n\r\n`)] });
const files = (account = ANNA, sub = ''): string[] =>
  ['new', 'cur'].flatMap((part) => readdirSync(join(folder, account, 'Maildir', sub, part)));
const uids = (mailbox: Mailbox): number[] => [...mailbox.uids()];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-replace-'));
  failing = undefined;
  store = open();
});
afterEach(async () => {
  failing = undefined;
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

test('in one mailbox: one change, in which the one comes and the other goes', async () => {
  const inbox = await box();
  await inbox.append([text('a'), text('b')]);
  const { highestModseq } = inbox.status();
  expect((await inbox.append([text('c')], { replacing: { mailbox: inbox, uid: 1 } })).uids).toEqual([3]);
  expect(inbox.changes(highestModseq)).toMatchObject({
    modseq: highestModseq + 1,
    changed: [{ uid: 3 }],
    vanished: [1],
  });
  expect(inbox.status()).toMatchObject({ messages: 2, unseen: 2 });
  await store.close();
  expect(files()).toHaveLength(2);
});

test('in another mailbox of the account, and in another account', async () => {
  const inbox = await box();
  await inbox.append([text('a'), text('b')]);
  const drafts = await box('Drafts');
  const berta = await box('INBOX', 'berta@example.org');
  await drafts.append([text('c')], { replacing: { mailbox: inbox, uid: 1 } });
  await berta.append([text('d')], { replacing: { mailbox: inbox, uid: 2 } });
  expect([uids(inbox), uids(drafts), uids(berta)]).toEqual([[], [1], [1]]);
  await store.close();
  expect([files(), files(ANNA, '.Drafts'), files('berta@example.org')].map(({ length }) => length)).toEqual([
    0, 1, 1,
  ]);
});

test.each(['INBOX', 'Drafts', 'berta'])('a message that is gone is not replaced: %s', async (where) => {
  const inbox = await box();
  await inbox.append([text('a')]);
  const target = where === 'berta' ? await box('INBOX', 'berta@example.org') : await box(where);
  const before = target.status();
  const replacing = { mailbox: inbox, uid: 7 };
  await expect(target.append([text('b')], { replacing })).rejects.toMatchObject({ reason: 'not-found' });
  expect(target.status()).toMatchObject({ messages: before.messages, size: before.size });
  await target.sync();
  expect([uids(inbox), target.status().messages]).toEqual([[1], before.messages]);
  await store.close();
  expect(
    files(where === 'berta' ? 'berta@example.org' : ANNA, where === 'Drafts' ? '.Drafts' : ''),
  ).toHaveLength(before.messages);
});

test.each(['rename', 'sync', 'transaction'])('nothing is changed when it fails: %s', async (step) => {
  const inbox = await box();
  const drafts = await box('Drafts');
  await inbox.append([text('a')]);
  const before = [inbox.status(), drafts.status()];
  if (step === 'transaction') {
    // The second half of the transaction: what is replaced is noted there.
    const index = new DatabaseSync(join(folder, ANNA, 'index.sqlite'));
    index.exec(`CREATE TRIGGER stop BEFORE INSERT ON doomed BEGIN SELECT RAISE(ABORT, 'stopped'); END`);
    index.close();
  }
  failing = step;
  for (const target of [inbox, drafts])
    await expect(target.append([text('b')], { replacing: { mailbox: inbox, uid: 1 } })).rejects.toMatchObject(
      {
        reason: 'io',
      },
    );
  failing = undefined;
  await inbox.sync();
  expect([inbox.status(), drafts.status()]).toEqual(before);
  expect([files(), files(ANNA, '.Drafts')].map(({ length }) => length)).toEqual([1, 0]);
});

test('between two accounts the new one is taken back when the old one cannot go', async () => {
  const inbox = await box();
  const berta = await box('INBOX', 'berta@example.org');
  await inbox.append([text('a')]);
  const index = new DatabaseSync(join(folder, ANNA, 'index.sqlite'));
  index.exec(`CREATE TRIGGER stop BEFORE INSERT ON doomed BEGIN SELECT RAISE(ABORT, 'stopped'); END`);
  index.close();
  const replacing = { mailbox: inbox, uid: 1 };
  await expect(berta.append([text('b')], { replacing })).rejects.toMatchObject({ reason: 'io' });
  expect([uids(inbox), uids(berta)]).toEqual([[1], []]);
  await store.close();
  expect([files(), files('berta@example.org')].map(({ length }) => length)).toEqual([1, 0]);
  store = open();
  expect(uids(await box('INBOX', 'berta@example.org'))).toEqual([]);
});

test('a draft can be saved again at the quota, a larger one cannot', async () => {
  await store.close();
  store = open({ messages: 1, storage: text('aa').pieces[0]?.length ?? 0 });
  const inbox = await box();
  await inbox.append([text('aa')]);
  await inbox.append([text('b')], { replacing: { mailbox: inbox, uid: 1 } });
  const replacing = { mailbox: inbox, uid: 2 };
  await expect(inbox.append([text('larger')], { replacing })).rejects.toMatchObject({ reason: 'over-quota' });
  await expect(inbox.append([text('c')])).rejects.toMatchObject({ reason: 'over-quota' });
  expect(uids(inbox)).toEqual([2]);
});
