import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { openShares } from '../store/acl/shares.ts';
import { IndexDatabase } from '../store/index/database.ts';
import { SearchDatabase } from '../store/search/database.ts';
import { createPrivateFile } from './private-file.ts';
import { createSqliteState } from './sqlite.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-private-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('is for its owner alone, and the only one that is left', () => {
  const path = join(folder, 'a');
  createPrivateFile(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['a']);
});

test('what is there stays as it is', () => {
  const path = join(folder, 'a');
  writeFileSync(path, 'x', { mode: 0o640 });
  const before = statSync(path);
  createPrivateFile(path);
  expect(statSync(path)).toEqual(before);
});

test('a link that leads nowhere is left to SQLite', () => {
  symlinkSync(join(folder, 'b'), join(folder, 'a'));
  createPrivateFile(join(folder, 'a'));
  expect(readdirSync(folder)).toEqual(['a']);
});

test('no file can be made where there is no folder', () => {
  expect(() => createPrivateFile(join(folder, 'none', 'a'))).toThrow('ENOENT');
});

/** Whether this process holds a lock on the file, as the kernel says it. */
function isLocked(path: string): boolean {
  const { ino } = statSync(path);
  const locks = readFileSync('/proc/locks', 'utf8').split('\n');
  return locks.some((line) => line.includes(` ${process.pid} `) && line.includes(`:${ino} `));
}

test.runIf(existsSync('/proc/locks')).each<[string, (path: string) => void | Promise<void>]>([
  ['state', (path) => createSqliteState({ path, log: silentLog }).close()],
  ['index of an account', (path) => IndexDatabase.open(path).close()],
  ['index of texts', (path) => new SearchDatabase(path).close()],
  ['list of what is shared', (path) => openShares(path).close()],
])('a second connection to the %s ends no lock of the first', async (_, open) => {
  const path = join(folder, 'a.sqlite');
  await open(path);
  const first = new DatabaseSync(path);
  first.exec('PRAGMA journal_mode = WAL');
  first.prepare('SELECT count(*) FROM sqlite_schema').get();
  expect(isLocked(path)).toBe(true);
  await open(path);
  expect(isLocked(path)).toBe(true);
  first.close();
  expect(isLocked(path)).toBe(false);
});
