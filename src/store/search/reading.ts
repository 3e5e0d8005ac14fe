import { zstdDecompressSync } from 'node:zlib';
import { isUid, mailboxRow, SearchDamage } from './database.ts';
import type { MailboxKey, SearchDatabase } from './database.ts';
import { holds } from './document.ts';
import type { SearchDocument } from './document.ts';
import { UNDATED } from './sort-keys.ts';
import type { FindOptions, KeysPage, SearchTerm, SortKeys, TermAnswer } from './types.ts';

/** Trigrams looked up for a term: more of them make the first step longer and spare fewer messages each. */
const MAX_TRIGRAMS = 12;
/** Other searches wait as long in this thread. */
const STEP_MILLISECONDS = 20;

type Place = readonly [uid: number, document: number];

/** RFC 9051 §6.4.4. Undefined when nothing of the mailbox is in the index, or `atMost` is too little. */
export async function find(
  database: SearchDatabase,
  mailbox: MailboxKey,
  terms: readonly SearchTerm[],
  { within, atMost = Infinity }: FindOptions,
): Promise<TermAnswer | undefined> {
  const row = mailboxRow(database, mailbox);
  if (row === undefined) return undefined;
  const wanted = within && new Set(within);
  const matches: Uint32Array[] = [];
  for (const term of terms) {
    const places = candidates(database, row.id, term).filter(([uid]) => wanted?.has(uid) ?? true);
    if (term.kind !== 'sent' && places.length > atMost) return undefined;
    const uids = term.kind === 'sent' ? places.map(([uid]) => uid) : await verified(database, places, term);
    matches.push(Uint32Array.from(uids).toSorted());
  }
  const unsure = database
    .statement(
      `SELECT uid FROM document INDEXED BY document_incomplete
       CROSS JOIN place ON place.document = document.id AND mailbox = ? WHERE complete = 0 ORDER BY uid`,
    )
    .all(row.id) as unknown as [number][];
  return { upTo: row.upTo, matches, unsure: Uint32Array.from(unsure, ([uid]) => uid) };
}

/** Messages of which the trigrams do not rule the term out. */
function candidates(database: SearchDatabase, mailbox: number, term: SearchTerm): readonly Place[] {
  const rows = (sql: string, ...values: readonly (string | number)[]): Place[] =>
    database.statement(sql).all(...values) as unknown as Place[];
  if (term.kind === 'sent')
    return rows(
      `SELECT uid, document FROM document CROSS JOIN place ON place.document = document.id AND mailbox = ?
       WHERE sent_day >= ? AND sent_day < ?${term.from <= UNDATED && UNDATED < term.to ? ' OR sent_day IS NULL' : ''}`,
      mailbox,
      term.from,
      term.to,
    );
  const tables =
    term.kind === 'field' ? ['header'] : term.where === 'all' ? ['header', 'body'] : [term.where];
  const query = matchQuery(term);
  if (query === '') return rows('SELECT uid, document FROM place WHERE mailbox = ?', mailbox);
  const found = tables.map((table) =>
    rows(
      `SELECT uid, document FROM ${table}_terms CROSS JOIN place ON place.document = ${table}_terms.rowid AND mailbox = ?
       WHERE ${table}_terms MATCH ?`,
      mailbox,
      query,
    ),
  );
  // In both header and body: looked at once.
  return found.length === 1 ? (found[0] ?? []) : [...new Map(found.flat()).entries()];
}

/** Trigrams that must all be there, as FTS5 asks for them; '' when the term has none. */
function matchQuery(term: Exclude<SearchTerm, { kind: 'sent' }>): string {
  const trigrams = trigramsOf(term.text);
  // Of a field, its name tells more than a word of two letters does.
  const chosen = trigrams.length === 0 && term.kind === 'field' ? trigramsOf(`${term.name}: `) : trigrams;
  const step = Math.max(1, chosen.length / MAX_TRIGRAMS);
  const some = new Set<string>();
  for (let at = 0; at < chosen.length; at += step) some.add(chosen[Math.floor(at)] ?? '');
  // FTS5 takes a question to end at a NUL.
  const asked = Array.from(some).filter((trigram) => !trigram.includes('\0'));
  return asked.map((trigram) => `"${trigram.replaceAll('"', '""')}"`).join(' AND ');
}

function trigramsOf(text: string): readonly string[] {
  const characters = Array.from(text);
  return characters.slice(2).map((last, at) => `${characters[at]}${characters[at + 1]}${last}`);
}

/** Those of the candidates in whose text it is. */
async function verified(
  database: SearchDatabase,
  places: readonly Place[],
  term: Exclude<SearchTerm, { kind: 'sent' }>,
): Promise<number[]> {
  const inHeader = term.kind === 'field' || term.where !== 'body';
  const inBody = term.kind === 'text' && term.where !== 'header';
  const read = database.statement(
    `SELECT ${inHeader ? 'header' : 'NULL'}, ${inBody ? 'body' : 'NULL'} FROM text WHERE document = ?`,
  );
  const uids: number[] = [];
  let end = performance.now() + STEP_MILLISECONDS;
  for (const [uid, document] of places) {
    if (performance.now() > end) {
      await new Promise(setImmediate);
      end = performance.now() + STEP_MILLISECONDS;
    }
    const row = read.get(document) as unknown as readonly [Uint8Array | null, Uint8Array | null] | undefined;
    if (row === undefined) continue;
    const text: SearchDocument = { header: unpacked(row[0]), body: unpacked(row[1]), complete: true };
    if (holds(text, term) === true) uids.push(uid);
  }
  return uids;
}

const NOTHING = Buffer.alloc(0);
/** More than the text of any message has: damage must not blow it up. */
const MAX_TEXT_BYTES = 128 * 1024 * 1024;

function unpacked(blob: Uint8Array | null): Buffer {
  if (blob === null) return NOTHING;
  try {
    return zstdDecompressSync(blob, { maxOutputLength: MAX_TEXT_BYTES });
  } catch (error) {
    throw new SearchDamage('the text of a message is damaged', { cause: error });
  }
}

const COLUMNS: Readonly<Record<keyof SortKeys, string>> = {
  sent: 'sent',
  sentDay: 'sent_day',
  subject: 'subject',
  reply: 'reply',
  from: 'from_key',
  to: 'to_key',
  cc: 'cc_key',
  displayFrom: 'display_from',
  displayTo: 'display_to',
  messageId: 'message_id',
  references: 'reference',
};

/** Rows of one answer: more would keep the main thread, which takes them, for longer than 10 ms. */
const KEYS_AT_ONCE = 4_000;

/** Sort keys of the messages after a UID, a page of them; undefined when nothing of the mailbox is in the index. */
export function keysAfter(
  database: SearchDatabase,
  mailbox: MailboxKey,
  fields: readonly (keyof SortKeys)[],
  after: number,
): KeysPage | undefined {
  const row = mailboxRow(database, mailbox);
  if (row === undefined) return undefined;
  const rows = database
    .statement(
      `SELECT uid, ${fields.map((field) => COLUMNS[field]).join(', ')}
       FROM place JOIN document ON document.id = place.document WHERE mailbox = ? AND uid > ? ORDER BY uid LIMIT ?`,
    )
    .all(row.id, after, KEYS_AT_ONCE) as unknown as (readonly unknown[])[];
  // Who asks for page after page comes to an end.
  let last = after;
  for (const [uid] of rows) {
    if (!isUid(uid) || uid <= last) throw new SearchDamage('UIDs of the index do not ascend');
    last = uid;
  }
  return {
    upTo: row.upTo,
    uids: Uint32Array.from(rows, ([uid]) => Number(uid)),
    columns: fields.map((field, at) => rows.map((values) => keyValue(field, values[at + 1]))),
  };
}

function keyValue(field: keyof SortKeys, value: unknown): unknown {
  if (field === 'reply') return value === 1;
  const type = field === 'sent' || field === 'sentDay' ? 'number' : 'string';
  const mayLack = type === 'number' || field === 'messageId';
  if (typeof value !== type && !(mayLack && value === null))
    throw new SearchDamage('a sort key of a message is damaged');
  if (field === 'references') return value === '' ? [] : String(value).split('\n');
  return value;
}
