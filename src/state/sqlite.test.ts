import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { stateContract } from '../../test/support/state-contract.ts';
import { silentLog } from '../log.ts';
import { openState } from './open.ts';
import { defaultStateSettings } from './settings.ts';
import { createSqliteState } from './sqlite.ts';
import type { SqliteStateOptions } from './sqlite.ts';
import { StateError } from './types.ts';
import type { State } from './types.ts';

const folder = mkdtempSync(join(tmpdir(), 'tamis-state-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const file = (): string => join(folder, `${++files}.sqlite`);
const open = (path: string, more: Partial<SqliteStateOptions> = {}) =>
  createSqliteState({ path, log: silentLog, ...more });

describe('the SQLite driver', () => {
  const path = file();
  stateContract(async () => ({
    state: await openState({ settings: { ...defaultStateSettings, path }, log: silentLog }),
    other: open(path),
  }));
});

test('the file is for its owner only', async () => {
  const path = file();
  const state = open(path);
  await state.put('a', Buffer.from('1'));
  for (const suffix of ['', '-wal', '-shm']) expect(statSync(path + suffix).mode & 0o077).toBe(0);
  await state.close();
});

test('what has expired is deleted in batches, by later writes', async () => {
  let now = 1_000_000;
  const path = file();
  const state = open(path, { now: () => now });
  for (let at = 0; at < 500; at++) await state.put(`old/${at}`, Buffer.from('x'), 10);
  await state.put('kept', Buffer.from('x'));
  const reader = new DatabaseSync(path, { readOnly: true });
  const rows = (): number => Number(reader.prepare('SELECT count(*) AS n FROM entries').get()?.['n']);
  expect(rows()).toBe(501);
  now += 60_000;
  expect(await state.get('old/1')).toBeUndefined();
  expect(rows()).toBe(501);
  const left = [];
  for (let at = 0; at < 4; at++) {
    await state.increment('tick', 1);
    left.push(rows());
  }
  expect(left).toEqual([302, 102, 2, 2]);
  reader.close();
  await state.close();
});

test('a writer elsewhere is waited for without holding up others, and not for ever', async () => {
  const path = file();
  const state = open(path, { timeout: 0.3 });
  await state.put('a', Buffer.from('1'));
  const holder = new DatabaseSync(path);
  holder.exec('BEGIN IMMEDIATE');
  let turns = 0;
  const ticking = setInterval(() => turns++, 5);
  const started = performance.now();
  await expect(state.put('a', Buffer.from('2'))).rejects.toMatchObject({ temporary: true });
  expect(performance.now() - started).toBeLessThan(15_000);
  expect(turns).toBeGreaterThan(3);
  expect(Buffer.from((await state.get('a')) ?? []).toString()).toBe('1');
  const waiting = state.put('a', Buffer.from('3'));
  setTimeout(() => holder.exec('COMMIT'), 60);
  await waiting;
  clearInterval(ticking);
  holder.close();
  await state.close();
});

test('a full file is temporary, breaks nothing, and takes up again what is deleted', async () => {
  const state = open(file(), { sizeLimit: 400 * 1024 });
  await state.put('first', Buffer.from('1'));
  const stored: string[] = [];
  const fill = async (): Promise<void> => {
    for (let at = 0; at < 100; at++) {
      await state.put(`fill/${at}`, Buffer.alloc(10_000, at));
      stored.push(`fill/${at}`);
    }
  };
  await expect(fill()).rejects.toMatchObject({ temporary: true });
  expect(stored.length).toBeGreaterThan(20);
  await expect(state.putIfAbsent('more', Buffer.alloc(50_000))).rejects.toBeInstanceOf(StateError);
  for (const [at, key] of stored.entries()) expect((await state.get(key))?.[0]).toBe(at);
  for (const key of stored) expect(await state.delete(key)).toBe(true);
  await state.put('more', Buffer.alloc(50_000));
  expect((await state.get('first'))?.length).toBe(1);
  await state.close();
});

test('files that are none of ours, from a newer Tamis, or unreadable are refused at once', async () => {
  const garbage = file();
  writeFileSync(garbage, 'this is not a database, but long enough to look like one. '.repeat(40));
  expect(() => open(garbage)).toThrow(StateError);
  expect(() => open(garbage)).toThrow(garbage);

  const foreign = file();
  const theirs = new DatabaseSync(foreign);
  theirs.exec('CREATE TABLE theirs (a)');
  theirs.close();
  expect(() => open(foreign)).toThrow('another program');

  const newer = file();
  await open(newer).close();
  const raised = new DatabaseSync(newer);
  raised.exec('PRAGMA user_version = 99');
  raised.close();
  expect(() => open(newer)).toThrow('schema version 99');

  expect(() => open(join(folder, 'none', 'state.sqlite'))).toThrow(StateError);
});

describe('what SQLite takes for sound is refused when it is not', () => {
  const changed = async (sql: string) => {
    const path = file();
    const state = open(path);
    await state.put('kept', Buffer.from('x'));
    await state.tokens('words').add(BigUint64Array.of(1n), [1, 2]);
    await state.close();
    const raw = new DatabaseSync(path);
    raw.exec(sql);
    raw.close();
    return open(path);
  };
  const refused = { temporary: false };
  const all = async (state: State, prefix: string) => {
    const keys: string[] = [];
    for await (const { key } of state.list(prefix)) keys.push(key);
    return keys;
  };

  test('an entry that is text', async () => {
    const state = await changed("UPDATE entries SET value = 'x'");
    await expect(state.get('kept')).rejects.toMatchObject(refused);
    await expect(all(state, '')).rejects.toMatchObject(refused);
    await state.close();
  });

  test('a count that is text', async () => {
    const state = await changed("UPDATE tokens SET c1 = 'x'");
    await expect(state.tokens('words').get(BigUint64Array.of(1n), 2)).rejects.toMatchObject(refused);
    await state.close();
  });

  test('keys that do not ascend: page after page of them came without an end', async () => {
    const path = file();
    const state = open(path);
    const name = (at: number) => `key/${String(at).padStart(3, '0')}`;
    for (let at = 0; at < 200; at++) await state.put(name(at), Buffer.from('x'));
    await state.close();
    const octets = readFileSync(path).toString('latin1');
    // The last of a page, in the table and in its index.
    expect(octets.split(name(31)).length).toBe(3);
    writeFileSync(path, Buffer.from(octets.replaceAll(name(31), name(0)), 'latin1'));
    const damaged = open(path);
    await expect(all(damaged, 'key/')).rejects.toMatchObject(refused);
    await damaged.close();
  });
});
