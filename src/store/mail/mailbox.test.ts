import { mkdtempSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { defaultStoreSettings } from '../settings.ts';
import { createMailStore, type OpenMailStore } from './mail-store.ts';
import { type Mailbox, type NewMessage, SystemFlag } from './types.ts';

const ANNA = 'anna@example.org';
let folder: string;
let store: OpenMailStore;
let inbox: Mailbox;

const settings = {
  ...defaultStoreSettings,
  index: { ...defaultStoreSettings.index, flagDelay: 20, scanInterval: 0, pollInterval: 50 },
};
const open = (): OpenMailStore => createMailStore({ folder, settings, log: silentLog });
const message = (text: string, more: Partial<NewMessage> = {}): NewMessage => ({
  pieces: [Buffer.from(`Subject: ${text}\r\nMessage-ID: <${text}@x>\r\n\r\n${text}\r\n`)],
  ...more,
});
const flags = (system: number, ...keywords: string[]): { system: number; keywords: string[] } => ({
  system,
  keywords,
});
const files = (part: string, sub = ''): string[] =>
  readdirSync(join(folder, ANNA, 'Maildir', sub, part)).sort();
const all = [[1, 0xffff_ffff]] as const;
const box = async (name: string, from = store): Promise<Mailbox> => {
  const found = await (await from.account(ANNA)).mailbox(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-index-'));
  store = open();
  inbox = await box('INBOX');
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('append', () => {
  test('gives UIDs in order, keeps bytes, flags and date', async () => {
    const date = Date.UTC(2020, 1, 2, 3, 4, 5);
    const { uids, uidValidity } = await inbox.append([
      message('a', { flags: flags(SystemFlag.seen, 'Work'), internalDate: date + 999 }),
      message('b'),
    ]);
    expect(uids).toEqual([1, 2]);
    expect(uidValidity).toBe(inbox.uidValidity);
    expect((await inbox.bytes(1))?.toString()).toContain('Subject: a\r\n');
    expect([...inbox.facts(all)]).toMatchObject([
      { uid: 1, system: 1, keywords: 'Work', internalDate: date },
      { uid: 2, system: 0, keywords: '' },
    ]);
    expect(inbox.status()).toMatchObject({
      messages: 2,
      unseen: 1,
      uidNext: 3,
      firstUnseen: 2,
      recent: 2,
      keywords: ['Work'],
    });
    expect([files('new').length, files('cur').length]).toEqual([1, 1]);
    expect((await inbox.content(1))?.envelope.subject).toBe('a');
  });

  test('a file with bare line feeds is sent with CRLF, in parts too', async () => {
    await inbox.append([{ pieces: [Buffer.from('A: b\n\nx\r\ny\n')] }]);
    expect((await inbox.bytes(1))?.toString()).toBe('A: b\r\n\r\nx\r\ny\r\n');
    expect((await inbox.bytes(1, { start: 4, end: 8 }))?.toString()).toBe('\r\n\r\n');
    expect([...inbox.facts(all)][0]?.size).toBe(14);
  });
});

describe('flags', () => {
  test('change, reach the file, and survive a rebuild of nothing but the names', async () => {
    await inbox.append([message('a'), message('b')]);
    const before = inbox.status().highestModseq;
    const { changed } = await inbox.store([1, 2, 9], { mode: 'add', flags: flags(SystemFlag.flagged, 'x') });
    expect(changed.map(({ uid }) => uid)).toEqual([1, 2]);
    expect(changed[0]?.modseq).toBe(before + 1);
    await expect.poll(() => files('cur').map((name) => name.replace(/^.*:/, ''))).toEqual(['2,Fa', '2,Fa']);
    expect(inbox.changes(before)).toMatchObject({
      vanished: [],
      complete: true,
      changed: [{ uid: 1 }, { uid: 2 }],
    });
    const modseq = inbox.status().highestModseq;
    await inbox.store([1], { mode: 'remove', flags: flags(SystemFlag.flagged) });
    const stored = await inbox.store([1, 2], {
      mode: 'replace',
      flags: flags(SystemFlag.seen),
      unchangedSince: modseq,
      keep: flags(0, 'X'),
    });
    expect(stored).toMatchObject({ modified: [1], changed: [{ uid: 2, system: 1, keywords: 'x' }] });
    expect(inbox.status()).toMatchObject({ messages: 2, unseen: 1 });
  });

  test('another program sets and clears them by renaming', async () => {
    await inbox.append([message('a', { flags: flags(SystemFlag.seen) })]);
    const path = join(folder, ANNA, 'Maildir/cur');
    const [name = ''] = files('cur');
    renameSync(join(path, name), join(path, name.replace(':2,S', ':2,FR')));
    await inbox.sync();
    expect([...inbox.facts(all)][0]?.system).toBe(SystemFlag.flagged | SystemFlag.answered);
    expect(inbox.status().unseen).toBe(1);
  });
});

test('expunge removes what is deleted, its files, and remembers the UIDs', async () => {
  await inbox.append([message('a'), message('b'), message('c')]);
  await inbox.store([1, 3], { mode: 'add', flags: flags(SystemFlag.deleted) });
  expect(inbox.status().deleted).toBe(2);
  const since = inbox.status().highestModseq;
  expect(await inbox.expunge([2, 3])).toEqual([3]);
  expect(await inbox.expunge()).toEqual([1]);
  expect(inbox.changes(since).vanished).toEqual([1, 3]);
  expect([...inbox.uids()]).toEqual([2]);
  await expect.poll(() => files('new').length + files('cur').length).toBe(1);
  await inbox.sync();
  expect(inbox.status()).toMatchObject({ messages: 1, uidNext: 4, deleted: 0 });
});

describe('copy and move', () => {
  test('within the account, with flags, dates and identity', async () => {
    const target = await (await store.account(ANNA)).create('A.B/C');
    await inbox.append([
      message('a', { flags: flags(SystemFlag.seen, 'k'), internalDate: 1e12 }),
      message('b'),
    ]);
    const copied = await inbox.copy([1, 2, 7], target);
    expect(copied.pairs).toEqual([
      [1, 1],
      [2, 2],
    ]);
    const [one] = [...target.facts(all)];
    const [source] = [...inbox.facts(all)];
    expect(one).toMatchObject({ system: 1, keywords: 'k', internalDate: 1e12 });
    expect([one?.emailId, one?.threadId]).toEqual([source?.emailId, source?.threadId]);
    expect((await inbox.copy([1], target, { move: true })).pairs).toEqual([[1, 3]]);
    expect([...inbox.uids()]).toEqual([2]);
    expect((await target.bytes(3))?.toString()).toContain('Subject: a');
    expect((await target.content(3))?.envelope.subject).toBe('a');
    await inbox.sync();
    await target.sync();
    expect([inbox.status().messages, target.status().messages]).toEqual([1, 3]);
  });

  test('into the same mailbox, and to another account', async () => {
    await inbox.append([message('a')]);
    expect((await inbox.copy([1], inbox)).pairs).toEqual([[1, 2]]);
    expect((await inbox.copy([1], inbox, { move: true })).pairs).toEqual([[1, 3]]);
    const bob = await (await store.account('bob@example.org')).mailbox('INBOX');
    if (bob === undefined) throw new Error('no INBOX');
    expect((await inbox.copy([2], bob, { move: true })).pairs).toEqual([[2, 1]]);
    expect([...inbox.uids(), ...bob.uids()]).toEqual([3, 1]);
    expect((await bob.content(1))?.envelope.subject).toBe('a');
  });
});

describe('other programs', () => {
  test('deliver and remove', async () => {
    await inbox.append([message('a')]);
    writeFileSync(join(folder, ANNA, 'Maildir/new/1.foreign'), 'Subject: f\n\nx\n');
    await inbox.sync();
    expect([...inbox.uids()]).toEqual([1, 2]);
    expect((await inbox.bytes(2))?.toString()).toBe('Subject: f\r\n\r\nx\r\n');
    const first = files('new').find((name) => name !== '1.foreign') ?? '';
    unlinkSync(join(folder, ANNA, 'Maildir/new', first));
    await inbox.sync();
    expect([...inbox.uids()]).toEqual([2]);
    expect(await inbox.bytes(1)).toBeUndefined();
  });

  test('another process writes, and who watches hears of it', async () => {
    const other = open();
    const events: string[] = [];
    const stop = (await store.account(ANNA)).watch(({ kind, mailbox }) => events.push(`${kind} ${mailbox}`));
    await new Promise((resolve) => setTimeout(resolve, 150));
    await (await box('INBOX', other)).append([message('x')]);
    await expect.poll(() => events).toContain('messages INBOX');
    expect([...inbox.uids()]).toEqual([1]);
    await (await other.account(ANNA)).create('New');
    await expect.poll(() => events.some((event) => event.startsWith('mailboxes'))).toBe(true);
    await (await other.account(ANNA)).subscribe('New', true);
    await expect.poll(() => events.some((event) => event.startsWith('subscriptions'))).toBe(true);
    stop();
    await other.close();
  });
});

test('recent is claimed once', async () => {
  await inbox.append([message('a'), message('b')]);
  expect(inbox.recentFrom()).toBe(1);
  expect(inbox.recentFrom(2)).toBe(1);
  expect(inbox.recentFrom(2)).toBe(3);
  expect(inbox.status().recent).toBe(0);
  // Closing waits for what was to be written later.
  await store.close();
  store = open();
  expect((await box('INBOX')).status().recent).toBe(0);
});
