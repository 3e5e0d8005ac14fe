/** A Received field taken apart: who it is from, what stands in comments behind that name, who wrote it. */
import { isIP } from 'node:net';
import { plainAddress } from '../../../net/networks.ts';
import { RELAY_LIMITS } from './limits.ts';

/** Parts of a field's from clause, its words as they stand. */
export interface FromClause {
  /** First word; '' when the clause begins with a comment. */
  readonly name: string;
  /** A comment follows the name without a space. */
  readonly glued: boolean;
  /** Behind the name: contents of `(…)`, and of `[…]`, outer brackets removed. */
  readonly comments: readonly Comment[];
  /** Name behind `by`; undefined when there is none. */
  readonly by: string | undefined;
  /** What follows the name behind `by`. */
  readonly rest: string;
}

export interface Comment {
  readonly text: string;
  readonly bracket: '(' | '[';
}

/** Behind `;`: a date as MTAs write it. */
const DATE =
  /[\s;]+(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,9} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,9} \d{1,9}:\d{1,9}(?::\d{1,9})? \S+(?: \(\w{1,9}\))?$/;

/** One line, single spaces, no stray `;` at its end; the date still there. */
export function normalized(value: string): string {
  return value
    .slice(0, RELAY_LIMITS.field)
    .replace(/\s+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/(?: ?;)+$/, '');
}

export const withoutDate = (line: string): string => line.replace(DATE, '').replace(/\)by /, ') by ');

/** Takes apart what stands behind `from `. Linear. */
export function readFromClause(text: string): FromClause {
  const comments: Comment[] = [];
  const name = /^[^\s(]*/.exec(text)?.[0] ?? '';
  let at = name.length;
  const glued = name !== '' && text[at] === '(';
  while (at < text.length) {
    const char = text[at];
    if (char === '(' || char === '[') {
      const end = closing(text, at);
      const content = text.slice(at + 1, end).trim();
      if (comments.length < RELAY_LIMITS.comments) comments.push({ text: content, bracket: char });
      at = end + 1;
    } else if (/^ by /i.test(text.slice(at, at + 4))) break;
    else at++;
  }
  if (at >= text.length) return { name, glued, comments, by: undefined, rest: '' };
  const by = /^[^\s;]*/.exec(text.slice(at + 4))?.[0] ?? '';
  return { name, glued, comments, by, rest: text.slice(at + 4 + by.length) };
}

/** Index of the bracket that closes the one at `start`; the end of the text when none does. */
function closing(text: string, start: number): number {
  const open = text[start];
  const close = open === '(' ? ')' : ']';
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === open) depth++;
    else if (text[at] === close && --depth === 0) return at;
  }
  return text.length;
}

/** The address, in the form relays have it, when a text is one: `IPv6:` and a zone removed, an IPv4-mapped one as IPv4. */
export function addressOf(text: string): string | undefined {
  const plain = plainAddress(text.replace(/^ipv6:/i, '').replace(/%[\w.~-]*$/, ''));
  return isIP(plain) === 0 ? undefined : plain;
}

const PRIVATE_IPV4 =
  /^(?:10|127|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;

/** Whether an address is none of the public internet. */
export function isPrivateAddress(address: string): boolean {
  return PRIVATE_IPV4.test(address) || /^(?:::1$|fe[89ab][0-9a-f]:|f[cd][0-9a-f]{2}:)/i.test(address);
}
