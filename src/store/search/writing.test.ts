import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SearchDatabase } from './database.ts';
import { find } from './reading.ts';
import { add, keep, known, mailboxState, sweep } from './writing.ts';

const inbox = { mailboxId: 'inbox', uidValidity: 1 };
const junk = { mailboxId: 'junk', uidValidity: 1 };
const raw = Buffer.from('Subject: a\r\n\r\nfox\r\n');
let folder: string;
let database: SearchDatabase;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-writing-'));
  database = new SearchDatabase(join(folder, 'search.sqlite'));
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true });
});

const fox = { kind: 'text', where: 'body', text: 'FOX' } as const;

test('a message that came after the list of those that stay was made stays too', async () => {
  add(
    database,
    inbox,
    [
      { uid: 1, emailId: 'x', raw },
      { uid: 2, emailId: 'y', raw },
      { uid: 3, emailId: 'z', raw },
    ],
    3,
    100,
  );
  keep(database, inbox, Uint32Array.of(1), 3);
  expect([...((await find(database, inbox, [fox], {}))?.matches[0] ?? [])]).toEqual([1, 3]);
  expect(mailboxState(database, inbox)).toEqual({ upTo: 3, count: 2 });
});

test('a text goes with the last mailbox that has its message', () => {
  add(database, inbox, [{ uid: 1, emailId: 'x', raw }], 1, 100);
  add(database, junk, [{ uid: 5, emailId: 'x' }], 5, 100);
  keep(database, inbox, Uint32Array.of(), 2);
  expect(sweep(database, 10)).toBe(false);
  expect(known(database, ['x'])).toEqual([true]);
  keep(database, junk, Uint32Array.of(), 6);
  expect(sweep(database, 1)).toBe(true);
  expect(sweep(database, 1)).toBe(false);
  expect(known(database, ['x'])).toEqual([false]);
});

test('a message that could not be read is one the index does not know', async () => {
  add(database, inbox, [{ uid: 1, emailId: 'x' }], 1, 100);
  const answer = await find(database, inbox, [fox], {});
  expect(answer?.matches.map(({ length }) => length)).toEqual([0]);
  expect([...(answer?.unsure ?? [])]).toEqual([1]);
});
