import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Log, silentLog } from '../../log.ts';
import type { State } from '../../state/types.ts';
import { type AccountStore, type MoveOptions, StoreError } from '../../store/types.ts';
import type { SnoozedMessage } from './entry.ts';
import { createSnoozed, type Snoozed } from './snoozed.ts';

const START = Date.UTC(2026, 0, 5, 12);
const MINUTE = 60_000;
let remembered: Map<string, Uint8Array>;
/** Messages by mailbox. */
let mailboxes: Map<string, Set<string>>;
let moves: string[];
let lines: string[];
let stateFails: boolean;
let storeFails: boolean;
let snoozed: Snoozed;

const state: Pick<State, 'put' | 'delete' | 'list'> = {
  put(key, value) {
    if (stateFails) return Promise.reject(new Error('no state'));
    remembered.set(key, value);
    return Promise.resolve();
  },
  delete: (key) => Promise.resolve(remembered.delete(key)),
  async *list(prefix) {
    if (stateFails) throw new Error('no state');
    for (const [key, value] of remembered)
      if (key.startsWith(prefix)) yield await Promise.resolve({ key, value });
  },
};
const store = {
  mailboxById: (id: string) => Promise.resolve(id === 'id-1' ? 'Named' : undefined),
  hasSpecialUse: () => Promise.resolve(false),
  specialUse: () => Promise.resolve(undefined),
  move(name: string, from: string, to: string, options: MoveOptions = {}) {
    if (storeFails) return Promise.reject(new StoreError('io', 'broken disk'));
    if (!mailboxes.has(to)) {
      if (options.create !== true) return Promise.reject(new StoreError('not-found', `no mailbox ${to}`));
      mailboxes.set(to, new Set());
    }
    if (mailboxes.get(from)?.delete(name) !== true) return Promise.resolve(undefined);
    mailboxes.get(to)?.add(name);
    moves.push(`${name} ${to} +${options.addFlags?.join()} -${options.removeFlags?.join()}`);
    return Promise.resolve({ mailbox: to, path: '' });
  },
} as unknown as AccountStore;
const log: Log = {
  ...silentLog,
  info: (_, text) => void lines.push(text),
  warn: (_, text) => void lines.push(text),
  error: (_, text) => void lines.push(text),
  child: () => log,
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START });
  remembered = new Map();
  mailboxes = new Map([
    ['Snoozed', new Set()],
    ['INBOX', new Set()],
    ['Named', new Set()],
  ]);
  moves = [];
  lines = [];
  stateFails = false;
  storeFails = false;
  snoozed = open();
});
afterEach(async () => {
  await snoozed.close();
  vi.useRealTimers();
});

const open = (): Snoozed => createSnoozed({ state, open: () => Promise.resolve(store), log });
const message = (name: string, minutes: number, more: Partial<SnoozedMessage> = {}): SnoozedMessage => ({
  account: 'anna@here.example',
  name,
  from: 'Snoozed',
  since: Date.now(),
  wakes: Date.now() + minutes * MINUTE,
  mailbox: 'INBOX',
  create: false,
  addFlags: [],
  removeFlags: [],
  ...more,
});
async function put(what: SnoozedMessage): Promise<void> {
  await snoozed.remember(what);
  mailboxes.get(what.from)?.add(what.name);
  snoozed.begin(what);
}
const pass = (minutes: number): Promise<unknown> => vi.advanceTimersByTimeAsync(minutes * MINUTE);

test('messages come back at their times, in any order, and are forgotten', async () => {
  snoozed.start();
  await put(message('late', 60, { addFlags: ['\\Flagged'], removeFlags: ['\\Seen'] }));
  await put(message('soon', 10));
  await pass(9.99);
  expect(moves).toEqual([]);
  await pass(0.02);
  expect(moves).toEqual(['soon INBOX + -']);
  await pass(50);
  expect(moves).toEqual(['soon INBOX + -', 'late INBOX +\\Flagged -\\Seen']);
  expect(remembered.size).toBe(0);
});

test('what was put away before a restart comes back, at once when it is late', async () => {
  await put(message('late', 60));
  await put(message('overdue', 10));
  await snoozed.close();
  await pass(30);
  snoozed = open();
  snoozed.start();
  await pass(0);
  expect(moves).toEqual(['overdue INBOX + -']);
  await pass(30);
  expect(moves.length).toBe(2);
});

test('of a process that is gone, too', async () => {
  snoozed.start();
  await pass(1);
  const other = open();
  const one = message('of another', 30);
  await other.remember(one);
  mailboxes.get('Snoozed')?.add('of another');
  await pass(58);
  expect(moves).toEqual([]);
  await pass(3);
  expect(moves).toEqual(['of another INBOX + -']);
});

test('one that its owner has moved or deleted is left alone', async () => {
  snoozed.start();
  await put(message('one', 20));
  mailboxes.get('Snoozed')?.delete('one');
  mailboxes.get('Named')?.add('one');
  await pass(21);
  expect([moves, remembered.size]).toEqual([[], 0]);
  expect(mailboxes.get('Named')).toContain('one');
});

test('one that is not there yet is waited for', async () => {
  snoozed.start();
  const one = message('one', 1);
  await snoozed.remember(one);
  snoozed.begin(one);
  await pass(2);
  expect(remembered.size).toBe(1);
  mailboxes.get('Snoozed')?.add('one');
  await pass(5);
  expect(moves).toEqual(['one INBOX + -']);
});

test('a mailbox is found by its id, made when that is wanted, else it is the inbox', async () => {
  snoozed.start();
  await put(message('by id', 1, { mailbox: 'Gone', mailboxId: 'id-1' }));
  await put(message('made', 2, { mailbox: 'Later', create: true }));
  await put(message('missing', 3, { mailbox: 'Gone' }));
  await pass(4);
  expect(moves).toEqual(['by id Named + -', 'made Later + -', 'missing INBOX + -']);
});

test('a disk that fails is tried again, and nothing is forgotten', async () => {
  snoozed.start();
  await put(message('one', 1));
  storeFails = true;
  await pass(3);
  expect([moves, remembered.size]).toEqual([[], 1]);
  storeFails = false;
  await pass(5);
  expect([moves.length, remembered.size]).toEqual([1, 0]);
});

test('a state that fails is read again; what it holds and cannot be read stays', async () => {
  remembered.set('delivery/snooze/x', Buffer.from('{"name":"../x"}'));
  await put(message('one', 1));
  await snoozed.close();
  snoozed = open();
  stateFails = true;
  snoozed.start();
  await pass(2);
  expect(moves).toEqual([]);
  stateFails = false;
  await pass(5);
  expect(moves).toEqual(['one INBOX + -']);
  expect([...remembered.keys()]).toEqual(['delivery/snooze/x']);
  expect(lines).toContain('what is remembered of a snoozed message cannot be read');
});

test('what cannot be remembered is an error of the delivery', async () => {
  stateFails = true;
  await expect(snoozed.remember(message('one', 1))).rejects.toThrow('no state');
});

test('there is an end to what may wait', async () => {
  await put(message('one', 1));
  expect([snoozed.hasRoom(2), snoozed.hasRoom(1)]).toEqual([true, false]);
  await snoozed.forget(message('one', 1));
  expect(snoozed.hasRoom(1)).toBe(true);
});
