import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { openReadOnly } from './read-only.ts';
import { createSqliteState } from './sqlite.ts';
import { openInMemory } from './sqlite-memory.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-memory-'));
  path = join(folder, 'state.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('has what is in the file and has not expired, and what is changed in memory', async () => {
  const state = createSqliteState({ path, log: silentLog, now: () => 1000 });
  await state.put('kept', Buffer.from('1'));
  await state.put('short', Buffer.from('2'), 1);
  await state.tokens('t').add(BigUint64Array.of(7n), [3], 1);
  await state.close();
  const database = openInMemory(path, 5000);
  const keys = (): string[] =>
    database
      .prepare('SELECT key FROM entries ORDER BY key')
      .all()
      .map(({ key }) => Buffer.from(key as Uint8Array).toString());
  expect(keys()).toEqual(['kept']);
  database
    .prepare('INSERT INTO entries (key, value) VALUES (?, ?)')
    .run(Buffer.from('new'), Buffer.from('x'));
  expect(keys()).toEqual(['kept', 'new']);
  expect(database.prepare('SELECT token, c0 FROM tokens').all()).toMatchObject([{ token: 7, c0: 3 }]);
  expect(() => database.exec('UPDATE tokens SET c0 = 1')).toThrow('view');
  database.close();
  const file = openReadOnly(path);
  expect(file.prepare('SELECT count(*) AS n FROM entries').get()).toMatchObject({ n: 2 });
  expect(() => file.exec('DELETE FROM entries')).toThrow('readonly');
  file.close();
});

test('is empty where there is no file', () => {
  const database = openInMemory(path, 0);
  expect(database.prepare('SELECT count(*) AS n FROM entries').get()).toMatchObject({ n: 0 });
  database.close();
});
