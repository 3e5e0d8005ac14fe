import { BadArgument } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { astring } from '../wire/writer.ts';

/**
 * RFC 9051 §9:
 *
 *     section       = "[" [section-spec] "]"
 *     section-spec  = section-msgtext / (section-part ["." section-text])
 *     partial       = "<" number64 ["." nz-number64] ">"
 *
 * What means nothing there is (a part 0, no octets) is empty, as other servers have it.
 */
export interface Section {
  /** Part numbers from the outside; empty for the message itself. */
  readonly path: readonly number[];
  readonly text: 'whole' | 'header' | 'fields' | 'not-fields' | 'text' | 'mime';
  /** Names of fields in lower case. */
  readonly fields: ReadonlySet<string>;
  /** As it is told, without brackets: `1.HEADER.FIELDS (SUBJECT)`. */
  readonly label: string;
}

export interface Partial {
  readonly start: number;
  /** Infinity: to the end. */
  readonly length: number;
}

/** Part numbers of one section. Structures are answered 32 levels deep, so nothing deeper can be meant. */
const MAX_PATH = 64;
/** Names of fields in one section: a client that wants more wants the header. */
const MAX_FIELDS = 200;
const PART_NUMBER = /^\d{1,20}$/;

const TEXTS: ReadonlyMap<string, Section['text']> = new Map([
  ['', 'whole'],
  ['HEADER', 'header'],
  ['HEADER.FIELDS', 'fields'],
  ['HEADER.FIELDS.NOT', 'not-fields'],
  ['TEXT', 'text'],
  ['MIME', 'mime'],
]);

export const WHOLE: Section = { path: [], text: 'whole', fields: new Set(), label: '' };

/** `[…]` of BODY and BODY.PEEK. */
export function readSection(args: Cursor): Section {
  args.expect('[');
  const section = readSectionSpec(args);
  args.expect(']');
  return section;
}

/** What stands between the brackets. */
export function readSectionSpec(args: Cursor): Section {
  if (args.atEnd || args.peek() === ']') return WHOLE;
  const words = args.keyword();
  const { path, rest } = splitPath(words);
  const text = TEXTS.get(rest);
  if (text === undefined || (text === 'mime' && path.length === 0))
    throw new BadArgument('There is no such section');
  if (text !== 'fields' && text !== 'not-fields') return { path, text, fields: new Set(), label: words };
  args.space();
  const names = args.list(() => args.astring());
  if (names.length > MAX_FIELDS) throw new BadArgument('Too many names of fields');
  return {
    path,
    text,
    fields: new Set(names.map((name) => name.toLowerCase())),
    label: `${words} (${names.map((name) => astring(name.toUpperCase())).join(' ')})`,
  };
}

/** `[1.2]` of BINARY: part numbers alone (RFC 3516 §4.2). */
export function readBinarySection(args: Cursor): Section {
  const section = readSection(args);
  if (section.text !== 'whole') throw new BadArgument('Only a part has binary content');
  return section;
}

function splitPath(words: string): { readonly path: readonly number[]; readonly rest: string } {
  const path: number[] = [];
  let rest = words;
  while (/^\d/.test(rest)) {
    const dot = rest.indexOf('.');
    const number = dot < 0 ? rest : rest.slice(0, dot);
    if (!PART_NUMBER.test(number) || path.length >= MAX_PATH || dot === rest.length - 1)
      throw new BadArgument('That is no number of a part');
    path.push(Number(number));
    rest = dot < 0 ? '' : rest.slice(dot + 1);
  }
  return { path, rest };
}

/** `<0.1000>`, or `<0>` for all behind it; undefined when there is none. */
export function readPartial(args: Cursor): Partial | undefined {
  if (!args.take('<')) return undefined;
  const start = args.number64();
  const length = args.take('.') ? args.number64() : Infinity;
  args.expect('>');
  return { start, length };
}

/** The part of `[start, end)` that a client asks for. */
export function cutRange(
  range: { readonly start: number; readonly end: number },
  partial: Partial | undefined,
): { readonly start: number; readonly end: number } {
  if (partial === undefined) return range;
  const start = Math.min(range.start + partial.start, range.end);
  return { start, end: Math.min(start + partial.length, range.end) };
}
