import { encodeMutf7 } from '../../../store/mutf7.ts';
import { type Flags, SystemFlag } from '../../../store/mail/types.ts';

/** Octets of a quoted string; longer ones are literals, for the sake of clients that read lines into small buffers. */
const MAX_QUOTED = 1024;

/* oxlint-disable no-control-regex */
const UNQUOTABLE = /[\0\r\n\x80-\uffff]/;
const UNQUOTABLE_UTF8 = /[\0\r\n]/;
const NO_ATOM = /[(){ %*"\\\x00-\x1f\x7f-\uffff]/;
/* oxlint-enable no-control-regex */

/**
 * `string` of RFC 9051 §4.3: quoted, or a literal where that cannot be. `utf8`: the client takes UTF-8 in quoted strings
 * (RFC 6855 §3, RFC 9051 §4.3). NUL, which neither may hold, is left out.
 */
export function string(text: string, utf8 = false): string {
  if (text.length <= MAX_QUOTED && !(utf8 ? UNQUOTABLE_UTF8 : UNQUOTABLE).test(text))
    return `"${text.replace(/["\\]/g, '\\$&')}"`;
  const clean = text.replaceAll('\0', '');
  return `{${Buffer.byteLength(clean)}}\r\n${clean}`;
}

export const nstring = (text: string | null, utf8 = false): string =>
  text === null ? 'NIL' : string(text, utf8);

/** An atom where it can be. */
export const astring = (text: string, utf8 = false): string =>
  text === '' || text.toUpperCase() === 'NIL' || NO_ATOM.test(text) ? string(text, utf8) : text;

/** `literal`; with NUL among the octets `literal8` (RFC 9051 §4.3.1). */
export const literal = (octets: Uint8Array): readonly [string, Uint8Array] => [
  `${octets.includes(0) ? '~' : ''}{${octets.length}}\r\n`,
  octets,
];

/** Name of a mailbox, in modified UTF-7 unless the client takes UTF-8 (RFC 9051 §5.1, RFC 6855 §3). */
export const mailboxName = (name: string, utf8: boolean): string =>
  astring(utf8 ? name : encodeMutf7(name), utf8);

/** The same, always as a string. */
export const mailboxString = (name: string, utf8: boolean): string =>
  string(utf8 ? name : encodeMutf7(name), utf8);

/** `sequence-set` of numbers in ascending order; '' for none. */
export function sequenceSet(numbers: Iterable<number>): string {
  const ranges: string[] = [];
  let first = 0;
  let last = 0;
  const end = (): void => {
    if (first !== 0) ranges.push(first === last ? String(first) : `${first}:${last}`);
  };
  for (const number of numbers) {
    if (number === last + 1 && first !== 0) {
      last = number;
      continue;
    }
    end();
    first = number;
    last = number;
  }
  end();
  return ranges.join(',');
}

const SYSTEM_FLAGS = [
  [SystemFlag.answered, '\\Answered'],
  [SystemFlag.flagged, '\\Flagged'],
  [SystemFlag.deleted, '\\Deleted'],
  [SystemFlag.seen, '\\Seen'],
  [SystemFlag.draft, '\\Draft'],
] as const;

/** The list of flags for each sum of system flags, with a space between them. */
const SYSTEM_TEXTS = Array.from({ length: 32 }, (_, system) =>
  SYSTEM_FLAGS.filter(([bit]) => (system & bit) !== 0)
    .map(([, name]) => name)
    .join(' '),
);

/** `(\Seen $Label)`; `keywords` with a space between them. */
export function flagList(system: number, keywords: string, recent = false): string {
  const known = SYSTEM_TEXTS[system & 31] ?? '';
  if (keywords === '' && !recent) return `(${known})`;
  return `(${[known, keywords, recent ? '\\Recent' : ''].filter((text) => text !== '').join(' ')})`;
}

/** Flags as text: system flags by their bit, any case; `\Recent` and unknown ones with a backslash are left out. */
export function readFlags(names: readonly string[]): Flags {
  let system = 0;
  const keywords = new Map<string, string>();
  for (const name of names) {
    if (!name.startsWith('\\')) {
      const key = name.toLowerCase();
      if (!keywords.has(key)) keywords.set(key, name);
      continue;
    }
    system |= SYSTEM_FLAGS.find(([, text]) => text.toLowerCase() === name.toLowerCase())?.[0] ?? 0;
  }
  return { system, keywords: [...keywords.values()] };
}

/** Text for a person (`resp-text`): one line, without what could be taken for a response code. */
export function humanText(text: string): string {
  const line = text.replace(/[^\x20-\x7e]+/g, ' ').trim();
  return line === '' || line.startsWith('[') ? `- ${line}` : line;
}
