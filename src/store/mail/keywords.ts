import { join } from 'node:path';
import { replaceFile } from '../durable.ts';
import type { IndexDatabase } from '../index/database.ts';
import { mailboxRow } from '../index/mailboxes.ts';
import { readSmallFile } from '../small-file.ts';
import { StoreError } from '../types.ts';
import { LETTER_KEYWORDS } from './file-name.ts';

/** Dovecot's list of the keywords that have a letter: lines of a number and a name. */
export const KEYWORDS_FILE = 'dovecot-keywords';
const MAX_FILE = 256 * 1024;
/** An atom (RFC 9051 §9, flag-keyword), and short enough for a list of them. */
const KEYWORD = /^[^\s\x00-\x1f\x7f-\uffff(){%*"\\\]]{1,128}$/;

/** A mailbox's keywords by their places; the first 26 have the letters a to z. */
export class KeywordNames {
  readonly #names: (string | undefined)[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(rows: readonly (readonly [number: number, name: string])[]) {
    for (const [number, name] of rows) {
      this.#names[number] = name;
      this.#numbers.set(name.toLowerCase(), number);
    }
  }

  get size(): number {
    return this.#numbers.size;
  }

  readonly number = (keyword: string): number | undefined => this.#numbers.get(keyword.toLowerCase());
  readonly name = (number: number): string | undefined => this.#names[number];

  /** As first written in the mailbox. */
  spelt(keyword: string): string {
    const number = this.number(keyword);
    return (number === undefined ? undefined : this.#names[number]) ?? keyword;
  }

  /** The first place nobody has. */
  free(): number {
    let number = 0;
    while (this.#names[number] !== undefined) number++;
    return number;
  }

  /** What the file says. */
  text(): string {
    return this.#names
      .slice(0, LETTER_KEYWORDS)
      .flatMap((name, number) => (name === undefined ? [] : [`${number} ${name}\n`]))
      .join('');
  }
}

const keywordsOf = (db: IndexDatabase, mailbox: number): KeywordNames =>
  new KeywordNames(
    db.all<[number, string]>('SELECT number, name FROM keyword WHERE mailbox = ? ORDER BY number', mailbox),
  );

/** Those of the index now, outside of a transaction. */
export const rememberedKeywords = (db: IndexDatabase, mailboxId: string): KeywordNames =>
  db.remembered(memoryKey(mailboxId), () => keywordsOf(db, mailboxRow(db, mailboxId).id));

const memoryKey = (mailboxId: string): string => `keywords ${mailboxId}`;

export const isKeyword = (name: string): boolean => KEYWORD.test(name);

/**
 * Gives the keywords that have none a place, within a transaction. True when one of them has a letter, so that the file is
 * to be written. Throws `limit` when there are too many.
 */
export function addKeywords(
  db: IndexDatabase,
  mailboxId: string,
  names: readonly string[],
  limit: number,
): boolean {
  const { id } = mailboxRow(db, mailboxId);
  let lettered = false;
  for (const name of names) {
    const known = keywordsOf(db, id);
    if (known.number(name) !== undefined) continue;
    if (!isKeyword(name)) throw new StoreError('limit', 'a keyword has characters that none can have');
    if (known.size >= limit) throw new StoreError('limit', `a mailbox has at most ${limit} keywords`);
    const number = known.free();
    db.run('INSERT INTO keyword (mailbox, number, name) VALUES (?, ?, ?)', id, number, name);
    db.forget(memoryKey(mailboxId));
    lettered ||= number < LETTER_KEYWORDS;
  }
  return lettered;
}

/** Takes over what another program wrote: a letter means what the file says. */
export function mergeKeywords(
  db: IndexDatabase,
  mailboxId: string,
  entries: readonly (readonly [number: number, name: string])[],
  limit: number,
): void {
  const { id } = mailboxRow(db, mailboxId);
  for (const [number, name] of entries) {
    const known = keywordsOf(db, id);
    if (known.number(name) === number) continue;
    const displaced = known.name(number);
    db.run('DELETE FROM keyword WHERE mailbox = ? AND (number = ? OR name = ?)', id, number, name);
    db.run('INSERT INTO keyword (mailbox, number, name) VALUES (?, ?, ?)', id, number, name);
    db.forget(memoryKey(mailboxId));
    if (displaced !== undefined) addKeywords(db, mailboxId, [displaced], limit);
  }
}

/** Nothing when there is no such file. */
export async function readKeywordsFile(folder: string): Promise<[number: number, name: string][]> {
  const text = (await readSmallFile(join(folder, KEYWORDS_FILE), MAX_FILE))?.toString('utf8') ?? '';
  const entries: [number, string][] = [];
  for (const line of text.split('\n')) {
    const [, number = '', name = ''] = /^(\d{1,2}) (.+)$/.exec(line) ?? [];
    if (number !== '' && Number(number) < LETTER_KEYWORDS && isKeyword(name))
      entries.push([Number(number), name]);
  }
  return entries;
}

export const writeKeywordsFile = (
  via: Parameters<typeof replaceFile>[0],
  folder: string,
  names: KeywordNames,
  unique: string,
): Promise<void> =>
  replaceFile(via, join(folder, 'tmp', unique), join(folder, KEYWORDS_FILE), [Buffer.from(names.text())]);
