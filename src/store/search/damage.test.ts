import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeMailbox, quietLog } from '../../../test/support/fake-mailbox.ts';
import { foldUnicode } from '../../message/casemap.ts';
import { isDamage, SearchDatabase } from './database.ts';
import { find, keysAfter } from './reading.ts';
import { createSearchIndexes } from './search-indexes.ts';
import { defaultSearchSettings } from './settings.ts';
import type { SearchIndexes, SearchTerm } from './types.ts';
import { keep, mailboxState, sweep } from './writing.ts';

const MESSAGES = 40;
const FOX: SearchTerm = { kind: 'text', where: 'body', text: foldUnicode('fox') };

let folder: string;
let mailbox: FakeMailbox;
let indexes: SearchIndexes;
let warnings: string[];
const file = () => join(folder, 'a', 'search.sqlite');
const key = () => ({ mailboxId: mailbox.mailboxId, uidValidity: mailbox.uidValidity });

const open = () =>
  createSearchIndexes({
    settings: { ...defaultSearchSettings, delay: 0 },
    file: () => file(),
    account: async () => mailbox.asAccount(),
    log: { ...quietLog, warn: (_fields: unknown, text?: string) => void warnings.push(text ?? '') },
  });

beforeEach(async () => {
  warnings = [];
  folder = mkdtempSync(join(tmpdir(), 'tamis-search-damage-'));
  mailbox = new FakeMailbox('a', 'INBOX');
  for (let at = 1; at <= MESSAGES; at++)
    mailbox.deliver(`Subject: ${at}\r\nDate: Mon, 2 Feb 2026 10:00:00 +0000\r\n\r\nfox ${at}\r\n`);
  indexes = open();
  indexes.notice('a', 'INBOX');
  await filled();
});
afterEach(async () => {
  await indexes.close();
  rmSync(folder, { recursive: true });
});

const foxes = async () => (await indexes.of(mailbox).find([FOX]))?.matches[0]?.length;
const filled = () =>
  vi.waitFor(async () => expect(await foxes()).toBe(MESSAGES), { timeout: 20_000, interval: 20 });

/** Without anybody who has it open. */
async function change(...sql: readonly string[]): Promise<void> {
  await indexes.close();
  const database = new DatabaseSync(file(), { defensive: false });
  for (const one of sql) {
    database.exec(one);
  }
  database.close();
}

const thrown = (work: (database: SearchDatabase) => unknown): unknown => {
  const database = new SearchDatabase(file());
  try {
    work(database);
    return undefined;
  } catch (error) {
    return error;
  } finally {
    database.close();
  }
};

describe('an index that SQLite takes for sound', () => {
  test.each<[string, readonly string[], (database: SearchDatabase) => unknown]>([
    [
      'a mailbox that is in it up to no UID',
      ["UPDATE mailbox SET up_to = 'x'"],
      (database) => mailboxState(database, key()),
    ],
    [
      'a number that is too large',
      ['UPDATE mailbox SET up_to = 9223372036854775807'],
      (database) => mailboxState(database, key()),
    ],
    [
      'a sort key of another type',
      ['UPDATE document SET subject = CAST(subject AS BLOB) WHERE id = 3'],
      (database) => keysAfter(database, key(), ['subject'], 0),
    ],
    [
      'UIDs that are none',
      ['UPDATE place SET uid = -uid WHERE uid = 40'],
      (database) => keysAfter(database, key(), ['sent'], -100),
    ],
    ['no table of places', ['DROP TABLE place'], (database) => mailboxState(database, key())],
    [
      'a text that stays when it is removed',
      [
        'DELETE FROM place WHERE uid = 7',
        'CREATE TRIGGER stays BEFORE DELETE ON document BEGIN SELECT RAISE(IGNORE); END',
      ],
      (database) => sweep(database, 1),
    ],
  ])('%s', async (_, sql, work) => {
    await change(...sql);
    const error = thrown(work);
    expect(isDamage(error), String(error)).toBe(true);
  });

  test('a text whose octets have rotted', async () => {
    await change(
      'UPDATE text SET body = substr(body, 1, 9) || zeroblob(1) || substr(body, 11) WHERE document = 5',
    );
    const database = new SearchDatabase(file());
    await expect(find(database, key(), [FOX], {})).rejects.toSatisfy(isDamage);
    database.close();
  });
});

test('is made anew when who searches finds it damaged, though nobody takes mail in', async () => {
  await change('UPDATE text SET body = zeroblob(20)');
  indexes = open();
  expect(await foxes()).toBeUndefined();
  expect(warnings).toContain('search index made anew');
  await filled();
});

test('messages that it has lost are taken in again with the next one', async () => {
  await change('DELETE FROM place WHERE uid IN (3, 20)', 'UPDATE mailbox SET up_to = 4000000000');
  indexes = open();
  expect(await foxes()).toBe(MESSAGES - 2);
  indexes.notice('a', 'INBOX');
  await filled();
  const database = new SearchDatabase(file());
  expect(mailboxState(database, key())).toEqual({ upTo: MESSAGES, count: MESSAGES });
  // Nothing is wrong any more.
  expect(keep(database, key(), mailbox.uids(), MESSAGES + 1)).toBe(MESSAGES);
  database.close();
});

test('a text with a NUL is looked for, and is no damage', async () => {
  const term: SearchTerm = { kind: 'text', where: 'body', text: foldUnicode('fox\0 1') };
  expect((await indexes.of(mailbox).find([term]))?.matches[0]).toEqual(new Uint32Array());
  expect(warnings).toEqual([]);
});
