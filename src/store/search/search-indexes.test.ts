import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { foldUnicode } from '../../message/casemap.ts';
import { searchDocument, holds } from './document.ts';
import { createSearchIndexes } from './search-indexes.ts';
import { defaultSearchSettings } from './settings.ts';
import { FakeMailbox, quietLog } from '../../../test/support/fake-mailbox.ts';
import { ADDRESSES } from './document.ts';
import type { SearchIndexes, SearchTerm } from './types.ts';

const text = (where: 'header' | 'body' | 'all', words: string): SearchTerm => ({
  kind: 'text',
  where,
  text: foldUnicode(words),
});
const field = (name: string, words: string): SearchTerm => ({
  kind: 'field',
  name: foldUnicode(name),
  text: foldUnicode(words),
});

let folder: string;
let indexes: SearchIndexes;
let mailbox: FakeMailbox;
const file = () => join(folder, 'a', 'search.sqlite');

function open(maxCharacters = defaultSearchSettings.maxCharacters): SearchIndexes {
  return createSearchIndexes({
    settings: { ...defaultSearchSettings, maxCharacters, delay: 0 },
    file: (account) => join(folder, account, 'search.sqlite'),
    account: async () => mailbox.asAccount(),
    log: quietLog,
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-search-'));
  mailbox = new FakeMailbox('a', 'INBOX');
  indexes = open();
});
afterEach(async () => {
  await indexes.close();
  rmSync(folder, { recursive: true });
});

async function filledUpTo(uid: number): Promise<void> {
  await vi.waitFor(
    async () => expect((await indexes.of(mailbox).find([]))?.upTo).toBeGreaterThanOrEqual(uid),
    { timeout: 10_000, interval: 50 },
  );
}

async function found(term: SearchTerm, within?: Uint32Array): Promise<number[] | undefined> {
  const answer = await indexes.of(mailbox).find([term], within && { within });
  return answer?.matches[0] && [...answer.matches[0]];
}

describe('the index of a mailbox', () => {
  beforeEach(async () => {
    mailbox.deliver(
      'Subject: Grüße aus Köln\r\nFrom: "Ann B" <ann@example.org>\r\n\r\nThe quick brown fox\r\n',
    );
    mailbox.deliver(
      'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nTo: bob@example.net\r\nDate: Mon, 2 Feb 2026 23:30:00 -0800\r\n' +
        'Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n' +
        Buffer.from('<p>The <b>qu</b>ick "fox" &amp; hound</p>').toString('base64'),
    );
    mailbox.deliver('Subject: none\r\nX-Empty:\r\n\r\nfoxes\r\n');
    indexes.notice('a', 'INBOX');
    await filledUpTo(3);
  });

  test.each<[string, SearchTerm, number[]]>([
    ['a word of a body in any case', text('body', 'QUICK'), [1, 2]],
    ['words across tags', text('body', 'the quick "fox" & h'), [2]],
    ['the source of HTML', text('body', '<b>qu'), [2]],
    ['what is in every body', text('body', 'fox'), [1, 2, 3]],
    ['two letters', text('body', 'ox'), [1, 2, 3]],
    ['nothing', text('body', ''), [1, 2, 3]],
    ['what nobody wrote', text('all', 'wolf'), []],
    ['a decoded header', field('subject', 'grüSSe'), []],
    ['a decoded header in its own letters', field('subject', 'GRÜßE'), [1, 2]],
    ['a display name with its address', field(`${ADDRESSES}from`, 'Ann B <ann@'), [1]],
    ['an empty header', field('x-empty', ''), [3]],
    ['a header in another field', field('from', 'none'), []],
    ['a header as text', text('all', 'example.net'), [2]],
    ['a header in bodies', text('body', 'example.net'), []],
    ['a day of the Date field', { kind: 'sent', from: 20_486, to: 20_487 }, [2]],
  ])('finds %s', async (_, term, uids) => {
    expect(await found(term)).toEqual(uids);
  });

  test('does not look at more texts than it may', async () => {
    expect(await indexes.of(mailbox).find([text('body', 'fox')], { atMost: 2 })).toBeUndefined();
    expect(await indexes.of(mailbox).find([text('body', 'fox')], { atMost: 3 })).toBeDefined();
  });

  test('looks only where it is told to', async () => {
    expect(await found(text('body', 'fox'), Uint32Array.of(2, 3))).toEqual([2, 3]);
  });

  test('follows what comes and goes', async () => {
    await mailbox.expunge(2);
    mailbox.deliver('Subject: four\r\n\r\nquick again\r\n');
    indexes.notice('a', 'INBOX');
    await filledUpTo(4);
    expect(await found(text('body', 'quick'))).toEqual([1, 4]);
  });

  test('has the keys that messages are sorted by', async () => {
    const answer = await indexes.of(mailbox).keys(['sent', 'subject', 'from', 'references']);
    expect(answer?.upTo).toBe(3);
    expect(answer?.keys.get(2)).toEqual({
      sent: Date.UTC(2026, 1, 3, 7, 30),
      subject: foldUnicode('Grüße'),
      from: '',
      references: [],
    });
  });

  test('is made again when its file is removed or damaged', async () => {
    await indexes.close();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    for (const suffix of ['-wal', '-shm']) rmSync(file() + suffix, { force: true });
    writeFileSync(file(), Buffer.alloc(8192, 0x55));
    indexes = open();
    expect(await found(text('body', 'fox'))).toBeUndefined();
    indexes.notice('a', 'INBOX');
    await filledUpTo(3);
    expect(await found(text('body', 'fox'))).toEqual([1, 2, 3]);
    rmSync(file());
    expect(await found(text('body', 'fox'))).toBeUndefined();
  });
});

describe('a mailbox of files', () => {
  let files: string;
  beforeEach(() => {
    files = mkdtempSync(join(tmpdir(), 'tamis-search-files-'));
    mailbox = new FakeMailbox('a', 'INBOX', files);
    mailbox.deliver('Subject: one\r\n\r\nfox\r\n');
    mailbox.deliver('Subject: two\r\nFrom: <ann@x>\r\n\r\nfoxes\r\n');
    mailbox.deliver('Subject: three\r\n\r\nhound\r\n');
  });
  afterEach(() => rmSync(files, { recursive: true }));

  test('is read by the thread that writes the index', async () => {
    indexes.notice('a', 'INBOX');
    await filledUpTo(3);
    expect(await found(text('body', 'fox'))).toEqual([1, 2]);
    expect(mailbox.asked).toMatchObject({ bytes: 0, content: 0 });
    expect((await indexes.of(mailbox).keys(['subject', 'from']))?.keys.get(2)).toEqual({
      subject: 'TWO',
      from: 'ANN',
    });
  });

  test('a file that is elsewhere is asked of the mailbox, and no message is left out', async () => {
    rmSync(join(files, '2'));
    indexes.notice('a', 'INBOX');
    await filledUpTo(3);
    expect(await found(text('body', 'fox'))).toEqual([1, 2]);
    expect(mailbox.asked).toMatchObject({ bytes: 1, content: 1 });
  });

  test('is looked through by threads; what is not there is not in the answer', async () => {
    rmSync(join(files, '2'));
    const terms = [text('body', 'fox'), field('subject', 'ONE'), { kind: 'sent', from: 5, to: 9 } as const];
    expect([...(await indexes.of(mailbox).scan([1, 2, 3, 7], terms))]).toEqual([
      [1, [true, true, false]],
      [3, [false, false, false]],
    ]);
  });

  test('of a long message only the header is read where that tells', async () => {
    const header = `Subject: four\r\nX-Long: ${'x'.repeat(70_000)}\r\n\r\n`;
    mailbox.deliver(`Subject: five\r\n\r\n${'fox\r\n'.repeat(20_000)}`);
    mailbox.deliver(`${header}fox\r\n`);
    const scanned = await indexes.of(mailbox).scan([4, 5], [field('subject', 'F'), field('x-long', 'XXX')]);
    expect([...scanned.values()]).toEqual([
      [true, false],
      [true, true],
    ]);
  });
});

describe('limits', () => {
  test('say where the index does not know', async () => {
    await indexes.close();
    indexes = open(40);
    mailbox.deliver(`Subject: short\r\n\r\n${'x'.repeat(100)} needle\r\n`);
    mailbox.deliver('Subject: short\r\n\r\nneedle\r\n');
    indexes.notice('a', 'INBOX');
    await filledUpTo(2);
    const answer = await indexes.of(mailbox).find([text('body', 'needle')]);
    expect(answer?.matches.map((uids) => [...uids])).toEqual([[2]]);
    expect([...(answer?.unsure ?? [])]).toEqual([1]);
  });

  test('of a document cut off: true is known, false is not', () => {
    const document = searchDocument(Buffer.from('A: b\r\n\r\none two three\r\n'), 7);
    expect(holds(document, { kind: 'text', where: 'body', text: 'ONE' })).toBe(true);
    expect(holds(document, { kind: 'text', where: 'body', text: 'THREE' })).toBeUndefined();
  });
});

test('a message is read for terms off the main thread', async () => {
  const raw = Buffer.from('Subject: a\r\n\r\nneedle\r\n');
  expect(
    await indexes.scan(raw, [text('body', 'needle'), text('header', 'needle'), field('subject', 'A')]),
  ).toEqual([true, false, true]);
});
