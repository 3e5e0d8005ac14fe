import { DatabaseSync } from 'node:sqlite';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { program } from '../../../test/support/peers.ts';
import { silentLog } from '../../log.ts';
import { disk } from '../durable.ts';
import { defaultStoreSettings } from '../settings.ts';
import { createMailStore, type OpenMailStore } from './mail-store.ts';
import { type Mailbox, SystemFlag } from './types.ts';

const ANNA = 'anna@example.org';
const SPAM = { kind: 'spam', by: ANNA } as const;
const HAM = { kind: 'ham', by: 'bert@example.org' } as const;

let folder: string;
let store: OpenMailStore;

const open = (options: Partial<Parameters<typeof createMailStore>[0]> = {}): OpenMailStore =>
  createMailStore({ folder, settings: defaultStoreSettings, log: silentLog, ...options });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-lessons-'));
  store = open();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function box(name = 'INBOX'): Promise<Mailbox> {
  const account = await store.account(ANNA);
  return (await account.mailbox(name)) ?? (await account.create(name));
}

const mail = (text: string) => ({ pieces: [Buffer.from(`Subject: ${text}\r\n\r\n${text}\r\n`)] });

async function waiting(from = store): Promise<string[]> {
  return Promise.all(
    (await from.lessons.next(ANNA, 100)).map(
      async (one) => `${one.kind} ${one.by} ${/Subject: (\S+)/.exec(String(await one.octets()))?.[1]}`,
    ),
  );
}

test('what is said of messages waits, in its order, until it was learned', async () => {
  const inbox = await box();
  const junk = await box('Junk');
  const { uids } = await inbox.append([mail('one'), mail('two')]);
  await inbox.copy(uids.slice(0, 1), junk, { move: true, lesson: SPAM });
  await junk.append([mail('three')], { lesson: SPAM });
  const flags = { system: 0, keywords: ['$NotJunk'] };
  await inbox.store(uids.slice(1), { mode: 'add', flags, lesson: HAM });
  // Nothing changes, so nothing was said.
  await inbox.store(uids.slice(1), { mode: 'add', flags, lesson: SPAM });
  expect(await waiting()).toEqual([`spam ${ANNA} one`, `spam ${ANNA} three`, 'ham bert@example.org two']);
  expect(await store.lessons.accounts()).toEqual([ANNA]);
  const [first] = await store.lessons.next(ANNA, 1);
  await store.lessons.done(ANNA, [first?.id ?? 0]);
  expect(await waiting()).toHaveLength(2);
  await store.close();
  store = open();
  expect(await waiting()).toHaveLength(2);
});

test('the last word counts, and goes with the message', async () => {
  const [inbox, junk, kept] = [await box(), await box('Junk'), await box('Kept')];
  const { uids } = await inbox.append([mail('one')]);
  const { pairs } = await inbox.copy(uids, junk, { move: true, lesson: SPAM });
  const moved = await junk.copy([pairs[0]?.[1] ?? 0], kept, { move: true });
  expect(await waiting()).toEqual([`spam ${ANNA} one`]);
  await kept.copy([moved.pairs[0]?.[1] ?? 0], inbox, { move: true, lesson: HAM });
  expect(await waiting()).toEqual(['ham bert@example.org one']);
});

test('of what is gone nothing is left to learn', async () => {
  const junk = await box('Junk');
  const { uids } = await junk.append([mail('one')], { lesson: SPAM });
  await junk.store(uids, { mode: 'add', flags: { system: SystemFlag.deleted, keywords: [] } });
  await junk.expunge();
  expect(await (await store.lessons.next(ANNA, 10))[0]?.octets()).toBeUndefined();
  await junk.append([mail('two')], { lesson: SPAM });
  await (await store.account(ANNA)).delete('Junk');
  expect(await waiting()).toEqual([]);
});

test('no more waits than is allowed', async () => {
  await store.close();
  store = open({
    settings: { ...defaultStoreSettings, index: { ...defaultStoreSettings.index, maxLessons: 2 } },
  });
  const junk = await box('Junk');
  await junk.append([mail('one'), mail('two'), mail('three')], { lesson: SPAM });
  expect(await waiting()).toEqual([`spam ${ANNA} one`, `spam ${ANNA} two`]);
});

test('mail comes in though nothing can be noted', async () => {
  await store.close();
  store = open({
    disk: {
      ...disk,
      makeFolder: (path) =>
        path.endsWith('.lessons') ? Promise.reject(new Error('no space')) : disk.makeFolder(path),
    },
  });
  const junk = await box('Junk');
  expect((await junk.append([mail('one')], { lesson: SPAM })).uids).toEqual([1]);
  expect(await waiting()).toEqual([]);
});

test('who notes something is heard at once, and an old mark without lessons goes', async () => {
  const heard: string[] = [];
  const end = store.lessons.watch((account) => heard.push(account));
  const junk = await box('Junk');
  await junk.append([mail('one')], { lesson: SPAM });
  end();
  await junk.append([mail('two')], { lesson: SPAM });
  expect(heard).toEqual([ANNA]);
  const ids = (await store.lessons.next(ANNA, 10)).map(({ id }) => id);
  await store.lessons.done(ANNA, ids);
  const mark = join(folder, '.lessons', readdirSync(join(folder, '.lessons'))[0] ?? '');
  await store.lessons.next(ANNA, 10);
  expect(existsSync(mark)).toBe(true);
  utimesSync(mark, 1, 1);
  await store.lessons.next(ANNA, 10);
  expect(existsSync(mark)).toBe(false);
  expect(await store.lessons.accounts()).toEqual([]);
});

test('an account whose mail was removed is not made anew', async () => {
  const junk = await box('Junk');
  await junk.append([mail('one')], { lesson: SPAM });
  await store.close();
  rmSync(join(folder, ANNA), { recursive: true });
  store = open();
  expect(await store.lessons.accounts()).toEqual([]);
  expect(existsSync(join(folder, ANNA))).toBe(false);
  expect(existsSync(join(folder, '.lessons', ANNA))).toBe(false);
});

test.each<[string, (path: string) => void]>([
  ['that was not written to its end', (path) => writeFileSync(path, 'anna@exa')],
  ['that is a folder', (path) => mkdirSync(path)],
  ['that is a pipe', (path) => execFileSync(program('mkfifo'), [path])],
  ['that leads to what never ends', (path) => symlinkSync('/dev/zero', path)],
])('a mark %s keeps nothing from being learned', async (_, make) => {
  await (await box('Junk')).append([mail('one')], { lesson: SPAM });
  await store.close();
  const mark = join(folder, '.lessons', ANNA);
  rmSync(mark);
  make(mark);
  // The same where the name was cut, and the mark alone tells it.
  make(join(folder, '.lessons', `${'a'.repeat(120)}~${'0'.repeat(40)}`));
  store = open();
  expect(await store.lessons.accounts()).toEqual([ANNA]);
  expect(await waiting()).toEqual([`spam ${ANNA} one`]);
  await store.lessons.done(
    ANNA,
    (await store.lessons.next(ANNA, 10)).map(({ id }) => id),
  );
  expect(await waiting()).toEqual([]);
});

test('an index without a place for lessons gets one', async () => {
  await (await box()).append([mail('one')]);
  await store.close();
  const db = new DatabaseSync(join(folder, ANNA, 'index.sqlite'));
  db.exec('DROP TABLE lesson; ALTER TABLE content DROP COLUMN checksum; PRAGMA user_version = 1');
  db.close();
  store = open();
  const inbox = await box();
  expect([...inbox.uids()]).toEqual([1]);
  await inbox.store([1], { mode: 'add', flags: { system: 0, keywords: ['$Junk'] }, lesson: SPAM });
  expect(await waiting()).toEqual([`spam ${ANNA} one`]);
});
