import * as fc from 'fast-check';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FakeMailbox, quietLog } from '../../../../test/support/fake-mailbox.ts';
import { createSearchIndexes } from '../../../store/search/search-indexes.ts';
import { defaultSearchSettings } from '../../../store/search/settings.ts';
import type { SearchIndexes } from '../../../store/search/types.ts';
import type { Session } from '../types.ts';
import { ArgumentCursor } from '../wire/cursor.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import { evaluate } from './evaluate.ts';
import { Pace } from './pace.ts';
import { parseProgram } from './parse.ts';
import type { SetContext } from './parse.ts';
import type { Scope } from './scope.ts';

const COUNT = 40;
const WORDS = ['fox', 'dog', 'ox', 'Grüße', 'the quick', 'zz'];
const context: SetContext = {
  last: { uid: COUNT, sequence: COUNT },
  saved: [2, 5],
  uidOnly: false,
  utf8: false,
  now: 1_700_000_000_000,
};
const mailbox = new FakeMailbox('a', 'INBOX');
const pace = new Pace({ send() {}, async flush() {} } as unknown as Session, 'a1');
let folder: string;
let indexes: SearchIndexes;

/** The same messages as files, without an index: threads look through them. */
let stored: FakeMailbox;
let threads: SearchIndexes;

/** The same, most of them in memory. */
const memory = new FakeMailbox('a', 'Memory');

function deliver(to: FakeMailbox): void {
  for (let at = 0; at < COUNT; at++) {
    const pick = (salt: number) => WORDS[(at * 7 + salt * 3 + ((at * salt) >> 2)) % WORDS.length] ?? '';
    to.deliver(
      `From: ${pick(1)} <u${at % 3}@example.org>\r\nSubject: ${pick(2)}\r\nDate: ${1 + (at % 9)} Feb 2026 10:00:00 +0000\r\n` +
        `Content-Type: text/plain; charset=utf-8\r\n\r\n${at % 5 === 0 ? '-'.repeat(300) : ''}${pick(3)} and ${pick(5)}\r\n`,
      {
        system: at % 32,
        keywords: at % 4 === 0 ? 'Work $Done' : '',
        internalDate: 1_699_000_000_000 + at * 86_400_000,
      },
    );
  }
}

beforeAll(async () => {
  deliver(mailbox);
  folder = mkdtempSync(join(tmpdir(), 'tamis-evaluate-'));
  indexes = createSearchIndexes({
    // Some messages are longer than what the index takes of them, some come after it.
    settings: { ...defaultSearchSettings, delay: 0, maxCharacters: 250 },
    file: () => join(folder, 'search.sqlite'),
    account: async () => mailbox.asAccount(),
    log: quietLog,
  });
  indexes.notice('a', 'INBOX');
  await vi.waitFor(async () => expect((await indexes.of(mailbox).find([]))?.upTo).toBe(COUNT), {
    timeout: 10_000,
    interval: 20,
  });
  stored = new FakeMailbox('a', 'Stored', folder);
  deliver(stored);
  threads = createSearchIndexes({
    settings: { ...defaultSearchSettings, enabled: false },
    file: () => join(folder, 'none.sqlite'),
    account: async () => stored.asAccount(),
    log: quietLog,
  });
  deliver(memory);
  for (const one of [mailbox, stored, memory])
    one.deliver(`Subject: late fox\r\n\r\nthe quick Gr\u00fc\u00dfe\r\n`);
  const held = new Map<string, Buffer>();
  for (const { uid, emailId } of memory.facts([[1, COUNT + 1]])) {
    const octets = await memory.bytes(uid);
    if (octets !== undefined && uid % 7 !== 0) held.set(emailId, octets);
  }
  memory.held = (emailId) => held.get(emailId);
});
afterAll(async () => {
  await threads.close();
  await indexes.close();
  rmSync(folder, { recursive: true });
});

const scope = (withIndex: boolean): Scope => ({
  mailbox,
  uids: mailbox.uids(),
  sequence: (uid) => uid,
  isRecent: (uid: number) => uid >= 30,
  indexes: withIndex ? indexes : undefined,
});
const program = (keys: string) =>
  parseProgram(new ArgumentCursor(Buffer.from(keys).toString('latin1')), context);
const run = async (keys: string, withIndex: boolean) =>
  (await evaluate(program(keys), scope(withIndex), pace)).uids;

const word = fc.constantFrom(...WORDS, 'nothing', 'u1@').map((text) => `"${text}"`);
const simple = fc.oneof(
  fc.constantFrom(
    'ALL',
    'SEEN',
    'UNFLAGGED',
    'RECENT',
    'NEW',
    '$',
    '3:17',
    'UID 30:*',
    'KEYWORD work',
    'LARGER 180',
  ),
  fc.constantFrom(
    'SENTON 3-Feb-2026',
    'SENTBEFORE 4-Feb-2026',
    'SINCE 20-Nov-2023',
    'YOUNGER 90000',
    'MODSEQ 20',
  ),
  fc
    .tuple(fc.constantFrom('BODY', 'TEXT', 'SUBJECT', 'FROM', 'HEADER Subject', 'FUZZY BODY'), word)
    .map((pair) => pair.join(' ')),
);
const { keys } = fc.letrec<{ keys: string }>((tie) => ({
  keys: fc.oneof(
    { maxDepth: 4 },
    simple,
    tie('keys').map((one) => `NOT ${one}`),
    fc.tuple(tie('keys'), tie('keys')).map(([one, other]) => `OR ${one} ${other}`),
    fc.tuple(tie('keys'), tie('keys')).map(([one, other]) => `(${one} ${other})`),
  ),
}));

describe('a search', () => {
  test('finds the same with and without the index, and is the opposite of its NOT', async () => {
    await fc.assert(
      fc.asyncProperty(keys, async (text) => {
        const found = await run(text, true);
        expect(await run(text, false)).toEqual(found);
        const files = { ...scope(false), mailbox: stored, indexes: threads };
        expect((await evaluate(program(text), files, pace)).uids).toEqual(found);
        for (const withIndex of [true, false]) {
          const here = { ...scope(withIndex), mailbox: memory };
          expect((await evaluate(program(text), here, pace)).uids).toEqual(found);
        }
        const others = await run(`NOT ${text}`, true);
        expect([...found, ...others].sort((one, other) => one - other)).toEqual([...mailbox.uids()]);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test('asks for no more than it needs', async () => {
    const asked = async (text: string, withIndex: boolean) => {
      const before = { ...mailbox.asked };
      await run(text, withIndex);
      const { facts, content, bytes } = mailbox.asked;
      return [facts - before.facts, content - before.content, bytes - before.bytes];
    };
    expect(await asked('UID 1:5', false)).toEqual([0, 0, 0]);
    expect(await asked('UID 1:5 SEEN', false)).toEqual([5, 0, 0]);
    expect(await asked('UID 1 BODY fox', false)).toEqual([0, 1, 1]);
    expect(await asked('SENTON 3-Feb-2026', false)).toEqual([0, COUNT + 1, 0]);
    // The late one, and those that are longer than the index takes and have no such subject in it.
    const found = (await run('SUBJECT fox', true)).filter((uid) => uid % 5 === 1 && uid <= COUNT).length;
    expect(await asked('SUBJECT fox', true)).toEqual([0, 9 - found, 9 - found]);
  });

  test('asks nobody for fields of messages in memory', async () => {
    const before = { ...memory.asked };
    const here = { ...scope(false), mailbox: memory, uids: Uint32Array.of(1, 2, 3, 7) };
    await evaluate(program('OR SUBJECT fox FROM u1@'), here, pace);
    // The seventh is not.
    expect(memory.asked.bytes - before.bytes).toBe(1);
    await evaluate(program('OR SUBJECT fox BODY fox'), { ...here, uids: Uint32Array.of(1, 2, 3) }, pace);
    expect(memory.asked.bytes - before.bytes).toBe(4);
  });

  test('scores what FUZZY finds', async () => {
    const { uids, relevancy } = await evaluate(program('FUZZY SUBJECT "fox late"'), scope(true), pace);
    expect(uids).toEqual([COUNT + 1]);
    expect(relevancy.get(COUNT + 1)).toBe(50);
    expect(
      (await evaluate(program('FUZZY SUBJECT "late fox"'), scope(false), pace)).relevancy.get(COUNT + 1),
    ).toBe(100);
  });

  test('reads a file that is not where it was in another way', async () => {
    renameSync(join(folder, '3'), join(folder, '3:2,S'));
    const before = stored.asked.bytes;
    const files = { ...scope(false), mailbox: stored, indexes: threads };
    expect((await evaluate(program('BODY and'), files, pace)).uids).toHaveLength(COUNT);
    expect(stored.asked.bytes - before).toBe(1);
    renameSync(join(folder, '3:2,S'), join(folder, '3'));
  });

  test('does not find what is gone meanwhile', async () => {
    const late = scope(true);
    const uids = Uint32Array.of(...late.uids, 90);
    expect((await evaluate(program('BODY quick'), { ...late, uids }, pace)).uids).not.toContain(90);
    expect((await evaluate(program('NOT SEEN'), { ...late, uids }, pace)).uids).not.toContain(90);
  });
});

test('what is no search program is a BAD or a NO, whatever it is', () => {
  const token = fc.constantFrom(
    '(',
    ')',
    ' ',
    'NOT ',
    'OR ',
    'FUZZY ',
    'UID ',
    '1:*',
    '$',
    'BODY ',
    '"x"',
    '{1}\n',
    'SINCE ',
    '1-Feb-2026',
    'ALL',
    'KEYWORD ',
    'x',
    'CHARSET ',
    'MODSEQ ',
    '"/flags/x" ',
    'all ',
    '7',
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
      try {
        parseProgram(new ArgumentCursor(tokens.join(''), [Buffer.from('l')]), context);
      } catch (error) {
        if (!(error instanceof BadArgument) && !(error instanceof Refusal)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});
