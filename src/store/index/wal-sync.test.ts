import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { AccountIndex, IndexHandles } from './account-index.ts';
import type { IndexDatabase } from './database.ts';
import { defaultIndexSettings } from './settings.ts';

let folder: string;
let handles: IndexHandles;
let index: AccountIndex;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-wal-'));
  handles = new IndexHandles(defaultIndexSettings, silentLog, Date.now);
  index = new AccountIndex(folder, handles);
  // What another process may have left a moment ago is seen to once, when the file is opened.
  index.read(() => undefined);
  await index.syncing;
});
afterEach(() => {
  handles.close();
  rmSync(folder, { recursive: true, force: true });
});

const count = (db: IndexDatabase): number => db.get<[number]>('SELECT count(*) FROM subscription')?.[0] ?? 0;
const insert =
  (name: string) =>
  (db: IndexDatabase): void =>
    void db.run('INSERT INTO subscription (name) VALUES (?)', name);

test('what was committed can be read at once, and is told when it is on the disk', async () => {
  let told = false;
  const written = index.write(insert('a')).then(() => (told = true));
  expect(index.read(count)).toBe(0);
  await nextTurn();
  expect(index.read(count)).toBe(1);
  // The transaction is over, the disk is not.
  expect(told).toBe(false);
  expect(index.syncing).toBeDefined();
  await index.syncing;
  await written;
  expect(index.syncing).toBeUndefined();
});

test('what is lazy waits for nothing', async () => {
  await index.write(insert('a'), { lazy: true });
  expect(index.syncing).toBeUndefined();
  expect(index.read(count)).toBe(1);
  await expect(index.write(insert('a'), { lazy: true })).rejects.toThrow('UNIQUE');
});

test('what is written while the disk is busy shares the next sync, and errors are those of each', async () => {
  const first = index.write(insert('a'));
  await nextTurn();
  const more = Array.from({ length: 20 }, (_, number) => index.write(insert(String(number % 15))));
  const settled = await Promise.allSettled([first, ...more]);
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(16);
  expect(index.read(count)).toBe(16);
  expect(index.syncing).toBeUndefined();
});

test('a handle that is closed while the disk is busy still tells the end', async () => {
  const written = index.write(insert('a'));
  await nextTurn();
  handles.close();
  await written;
  expect(index.read(count)).toBe(1);
});

test('who changes nothing writes nothing to the disk', async () => {
  await index.write(insert('a'));
  const nothing = index.write(count);
  await nextTurn();
  expect(index.syncing).toBeUndefined();
  expect(await nothing).toBe(1);
});

test('who changes nothing waits for what another has changed before', async () => {
  const order: string[] = [];
  const written = index.write(insert('a')).then(() => order.push('written'));
  await nextTurn();
  const seen = index.write(count).then((number) => order.push(`seen ${number}`));
  await Promise.all([written, seen]);
  expect(order).toEqual(['written', 'seen 1']);
});

test('who changes nothing syncs what another process has written', async () => {
  await index.write(insert('a'));
  const others = new IndexHandles(defaultIndexSettings, silentLog, Date.now);
  await new AccountIndex(folder, others).write(insert('b'), { lazy: true });
  // A transaction that nobody waits for does not sync it.
  await index.write(count, { lazy: true });
  const nothing = index.write(count);
  await nextTurn();
  expect(index.syncing).toBeDefined();
  expect(await nothing).toBe(2);
  others.close();
});

test('one alone that throws is undone, and the next is not touched by it', async () => {
  const failing = (db: IndexDatabase): void => {
    insert('a')(db);
    throw new Error('changed its mind');
  };
  await expect(index.write(failing)).rejects.toThrow('changed its mind');
  expect(index.read(count)).toBe(0);
  await index.write(insert('a'));
  expect(index.read(count)).toBe(1);
});

test('what another process has committed a moment ago is waited for once', async () => {
  await index.write(insert('a'));
  await index.syncing;
  expect(index.syncing).toBeUndefined();
  const others = new IndexHandles(defaultIndexSettings, silentLog, Date.now);
  try {
    const other = new AccountIndex(folder, others);
    await other.write(insert('b'), { lazy: true });
    expect(index.read(count)).toBe(2);
    const waiting = index.syncing;
    expect(waiting).toBeDefined();
    await waiting;
    expect(index.syncing).toBeUndefined();
  } finally {
    others.close();
  }
});
