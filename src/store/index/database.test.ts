import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { IndexDatabase } from './database.ts';
import { deleteMailbox, insertMailbox, mailboxNumber, mailboxRow } from './mailboxes.ts';

let folder: string;
let db: IndexDatabase;
let other: IndexDatabase;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-index-'));
  db = IndexDatabase.open(join(folder, 'index.sqlite'));
  other = IndexDatabase.open(join(folder, 'index.sqlite'));
});
afterEach(() => {
  db.close();
  other.close();
  rmSync(folder, { recursive: true, force: true });
});

const subscribe = (by: IndexDatabase, name: string): void =>
  void by.run('INSERT INTO subscription (name) VALUES (?)', name);
const make = (by: IndexDatabase, mailboxId: string): void =>
  insertMailbox(by, { mailboxId, name: mailboxId, specialUse: [], uidValidity: 1, uidNext: 1 });

test('what is remembered is read again after another connection has changed something, and when it is forgotten', () => {
  const count = (): number =>
    db.remembered('subscriptions', () => db.all('SELECT name FROM subscription').length);
  expect(count()).toBe(0);
  subscribe(db, 'own');
  // What this connection changes, it has to forget itself.
  expect(count()).toBe(0);
  db.forget('subscriptions');
  expect(count()).toBe(1);
  subscribe(other, 'of another');
  expect(count()).toBe(2);
});

test('whether this connection has changed something is told once', () => {
  db.hasChanged();
  expect(db.hasChanged()).toBe(false);
  subscribe(db, 'own');
  expect(db.hasChanged()).toBe(true);
  subscribe(other, 'of another');
  expect(db.hasChanged()).toBe(false);
});

test('a mailbox that is made anew under the same id is found by its new number', () => {
  make(db, 'one');
  make(db, 'two');
  const before = mailboxNumber(db, 'one');
  deleteMailbox(other, 'one');
  expect(() => mailboxRow(db, 'one')).toThrow('no such mailbox');
  expect(() => mailboxNumber(db, 'one')).toThrow('no such mailbox');
  make(other, 'one');
  expect(mailboxNumber(db, 'one')).not.toBe(before);
  expect(mailboxNumber(db, 'one')).toBe(mailboxRow(db, 'one').id);
});

test('reads that belong together see one state, whatever another connection commits meanwhile', () => {
  const count = (): number => db.all('SELECT name FROM subscription').length;
  const counted = db.together(() => {
    const before = count();
    subscribe(other, 'meanwhile');
    return [before, db.together(count)];
  });
  expect(counted).toEqual([0, 0]);
  expect(count()).toBe(1);
  expect(() =>
    db.together(() => {
      throw new Error('no');
    }),
  ).toThrow('no');
  subscribe(db, 'afterwards');
  expect(count()).toBe(2);
});
