import { foldUnicode } from '../../../message/casemap.ts';
import { decodeCharset } from '../../../message/charset.ts';
import { SystemFlag } from '../../../store/mail/types.ts';
import { ADDRESSES } from '../../../store/search/document.ts';
import type { SearchTerm } from '../../../store/search/types.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import { utf8Text } from '../wire/text.ts';
import type { Cursor, SequenceSet } from '../wire/types.ts';
import type { NumberField, SearchKey, SearchProgram } from './keys.ts';
import { searchLimits } from './limits.ts';
import { NumberRanges } from './number-ranges.ts';

/** What numbers in a program mean. */
export interface SetContext {
  /** Highest UID and number of messages that `*` stands for. Undefined: numbers mean nothing, other mailboxes are searched. */
  readonly last: { readonly uid: number; readonly sequence: number } | undefined;
  /** UIDs of `$` (RFC 5182). */
  readonly saved: readonly number[];
  /** RFC 9586: there are no message numbers. */
  readonly uidOnly: boolean;
  /** Texts are UTF-8, and SEARCH names no charset (RFC 6855 §3). */
  readonly utf8: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const DAY = 86_400_000;

/**
 * Reads `["CHARSET" SP charset SP] search-key *(SP search-key)` to the end of the command (RFC 9051 §6.4.4). Throws
 * `BadArgument`, and a `Refusal` with BADCHARSET.
 */
export function parseProgram(args: Cursor, context: SetContext): SearchProgram {
  if (!args.take('CHARSET ')) return parseKeys(args, context, 'UTF-8');
  if (context.utf8) throw new BadArgument('With UTF8=ACCEPT no charset is named');
  return parseKeys(args, context, parseCharset(args));
}

/** RFC 5256 §3: SORT and THREAD have the charset before the keys, without its name. */
export function parseCharset(args: Cursor): string {
  const charset = args.astring();
  if (decodeCharset(NOTHING, charset).fault === 'unknown')
    throw new Refusal('There is no such character set here', 'BADCHARSET (US-ASCII UTF-8)');
  args.space();
  return charset;
}

const NOTHING = Buffer.alloc(0);

/** `charset` is that of the texts looked for. */
export function parseKeys(args: Cursor, context: SetContext, charset: string): SearchProgram {
  const parser = new Parser(args, context, charset);
  const keys = [parser.key(1)];
  while (!args.atEnd) {
    args.space();
    keys.push(parser.key(1));
  }
  const { terms, usesFacts, usesModseq } = parser;
  return { key: all(keys), terms, usesFacts, usesModseq };
}

function all(keys: readonly SearchKey[]): SearchKey {
  return keys.length === 1 && keys[0] !== undefined ? keys[0] : { kind: 'and', keys };
}

const not = (key: SearchKey): SearchKey => ({ kind: 'not', key });

const FLAGS: Readonly<Record<string, number>> = {
  ANSWERED: SystemFlag.answered,
  DELETED: SystemFlag.deleted,
  DRAFT: SystemFlag.draft,
  FLAGGED: SystemFlag.flagged,
  SEEN: SystemFlag.seen,
};

const ADDRESS_AND_SUBJECT: ReadonlySet<string> = new Set(['BCC', 'CC', 'FROM', 'SUBJECT', 'TO']);

class Parser {
  readonly terms: SearchTerm[] = [];
  usesFacts = false;
  usesModseq = false;
  readonly #args: Cursor;
  readonly #context: SetContext;
  readonly #charset: string;
  #keys = 0;
  /** Inside FUZZY. */
  #fuzzy = false;

  constructor(args: Cursor, context: SetContext, charset: string) {
    this.#args = args;
    this.#context = context;
    this.#charset = charset;
  }

  key(depth: number): SearchKey {
    const args = this.#args;
    if (depth > searchLimits.depth) throw new BadArgument('The search is nested too deeply');
    if (++this.#keys > searchLimits.keys) throw new BadArgument('The search has too many keys');
    const next = args.peek();
    if (next === '(') return all(args.list(() => this.key(depth + 1)));
    if (/[\d*$]/.test(next)) return this.#set('sequence');
    const name = args.keyword();
    return (
      this.#nested(name, depth) ??
      this.#flag(name) ??
      this.#text(name) ??
      this.#date(name) ??
      this.#other(name)
    );
  }

  #nested(name: string, depth: number): SearchKey | undefined {
    const args = this.#args;
    if (name === 'NOT') {
      args.space();
      return not(this.key(depth + 1));
    }
    if (name === 'OR') {
      args.space();
      const one = this.key(depth + 1);
      args.space();
      return { kind: 'or', keys: [one, this.key(depth + 1)] };
    }
    if (name !== 'FUZZY') return undefined;
    args.space();
    const outer = this.#fuzzy;
    this.#fuzzy = true;
    const key = this.key(depth + 1);
    this.#fuzzy = outer;
    return key;
  }

  #flag(name: string): SearchKey | undefined {
    const bit = FLAGS[name];
    const unset = name.startsWith('UN') ? FLAGS[name.slice(2)] : undefined;
    if (bit !== undefined || unset !== undefined) {
      this.usesFacts = true;
      return unset === undefined ? { kind: 'flag', bit: bit ?? 0 } : not({ kind: 'flag', bit: unset });
    }
    if (name === 'KEYWORD' || name === 'UNKEYWORD') {
      this.#args.space();
      this.usesFacts = true;
      // A system flag is no keyword: no message has it.
      const key: SearchKey = { kind: 'keyword', keyword: this.#args.flag().toLowerCase() };
      return name === 'KEYWORD' ? key : not(key);
    }
    if (name === 'RECENT') return { kind: 'recent' };
    if (name === 'OLD') return not({ kind: 'recent' });
    if (name !== 'NEW') return undefined;
    this.usesFacts = true;
    return all([{ kind: 'recent' }, not({ kind: 'flag', bit: SystemFlag.seen })]);
  }

  #text(name: string): SearchKey | undefined {
    const args = this.#args;
    if (ADDRESS_AND_SUBJECT.has(name)) {
      args.space();
      // RFC 9051 §6.4.4: of the envelope, which has addresses without what is around them.
      const field = name === 'SUBJECT' ? name : `${ADDRESSES}${name}`;
      return this.#textKey((text) => ({ kind: 'field', name: field, text }));
    }
    if (name === 'HEADER') {
      args.space();
      const field = foldUnicode(args.astring());
      args.space();
      return this.#textKey((text) => ({ kind: 'field', name: field, text }));
    }
    if (name !== 'TEXT' && name !== 'BODY') return undefined;
    args.space();
    return this.#textKey((text) => ({ kind: 'text', where: name === 'TEXT' ? 'all' : 'body', text }));
  }

  #textKey(make: (text: string) => SearchTerm): SearchKey {
    const text = this.#decoded(this.#args.astringOctets());
    const exact = this.#term(make(searched(text)));
    if (!this.#fuzzy) return exact;
    const words = text.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
    const some = words.slice(0, searchLimits.fuzzyWords).map((word) => this.#term(make(searched(word))));
    return { kind: 'fuzzy', exact, words: some.length === 0 ? exact : all(some) };
  }

  /** Text in the charset of the search, which must be that (RFC 9051 §6.4.4). */
  #decoded(octets: string): string {
    const utf8 = /^(?:utf-?8|us-ascii)$/i.test(this.#charset);
    const text = utf8 ? utf8Text(octets) : decodeCharset(Buffer.from(octets, 'latin1'), this.#charset).text;
    if (text === undefined) throw new BadArgument('A text is not in the character set of the search');
    return text;
  }

  #term(term: SearchTerm): SearchKey {
    const same = JSON.stringify(term);
    let at = this.terms.findIndex((one) => JSON.stringify(one) === same);
    if (at === -1) {
      if (this.terms.length >= searchLimits.terms)
        throw new BadArgument('The search looks for too many texts');
      at = this.terms.push(term) - 1;
    }
    return { kind: 'term', term: at };
  }

  /** RFC 9051 §6.4.4, and of SAVEDATE RFC 8514 §4.3: days disregard time and zone, which here is UTC. */
  #date(name: string): SearchKey | undefined {
    const match = /^(SENT|SAVED)?(BEFORE|ON|SINCE)$/.exec(name);
    if (match === null) return undefined;
    this.#args.space();
    const day = this.#args.date();
    const from = match[2] === 'BEFORE' ? -Infinity : day;
    const to = match[2] === 'BEFORE' ? day : match[2] === 'ON' ? day + DAY : Infinity;
    if (match[1] === 'SENT') return this.#term({ kind: 'sent', from: dayNumber(from), to: dayNumber(to) });
    return this.#number(match[1] === 'SAVED' ? 'saveDate' : 'internalDate', from, to);
  }

  #other(name: string): SearchKey {
    const args = this.#args;
    switch (name) {
      case 'ALL':
      case 'SAVEDATESUPPORTED':
        return { kind: 'all' };
      case 'UID':
        args.space();
        return this.#set('uid');
      case 'LARGER':
        args.space();
        return this.#number('size', args.number64() + 1, Infinity);
      case 'SMALLER':
        args.space();
        return this.#number('size', -Infinity, args.number64());
      case 'YOUNGER':
      case 'OLDER': {
        // RFC 5032 §3: within the last so many seconds, or not.
        args.space();
        const seconds = args.number();
        if (seconds === 0) throw new BadArgument('An interval of no time');
        const limit = this.#context.now - seconds * 1000;
        return name === 'YOUNGER'
          ? this.#number('internalDate', limit, Infinity)
          : this.#number('internalDate', -Infinity, limit + 1);
      }
      case 'MODSEQ':
        args.space();
        if (/[^\d]/.test(args.peek())) this.#modseqEntry();
        this.usesModseq = true;
        return this.#number('modseq', args.number64(), Infinity);
      case 'EMAILID':
      case 'THREADID':
        args.space();
        this.usesFacts = true;
        return { kind: 'id', field: name === 'EMAILID' ? 'emailId' : 'threadId', id: args.atom() };
      default:
        throw new BadArgument('There is no such search key');
    }
  }

  /** RFC 7162 §3.1.5: one number for all flags is kept, so the entry named makes no difference. */
  #modseqEntry(): void {
    const args = this.#args;
    args.astring();
    args.space();
    if (!['ALL', 'PRIV', 'SHARED'].includes(args.keyword()))
      throw new BadArgument('all, priv or shared is expected');
    args.space();
  }

  #number(field: NumberField, from: number, to: number): SearchKey {
    this.usesFacts = true;
    return { kind: 'number', field, from, to };
  }

  #set(kind: 'sequence' | 'uid'): SearchKey {
    const set: SequenceSet = this.#args.sequenceSet();
    const { last, saved, uidOnly } = this.#context;
    if (kind === 'sequence' && uidOnly && set !== '$')
      throw new Refusal('Messages are named by their UIDs only', 'UIDREQUIRED', 'BAD');
    if (last === undefined && (kind === 'sequence' || set === '$'))
      throw new BadArgument('Message numbers mean nothing in other mailboxes');
    if (set === '$') return { kind: 'saved', uids: new Set(saved) };
    // Numbers that no message has find none, and with them `*` is no message either (of UIDs RFC 9051 §9 says otherwise).
    const most = kind === 'sequence' ? (last?.sequence ?? 0) : Infinity;
    const known = set.filter(([from, to]) => from === to || Math.min(from, to) <= most);
    // In another mailbox `*` is whatever is last there: higher than all UIDs.
    return { kind, ranges: new NumberRanges(known, last?.[kind] ?? 0xffff_ffff) };
  }
}

/** As the texts of messages are, see `searchDocument`: by `i;unicode-casemap`, as I18NLEVEL=1 asks (RFC 5255 §4.2). */
function searched(text: string): string {
  return foldUnicode(text.replaceAll('\r\n', '\n').replaceAll('\0', ' '));
}

/** Days that no Date field can have stand for none. */
const FAR = 4_000_000;

function dayNumber(milliseconds: number): number {
  return Math.max(-FAR, Math.min(FAR, Math.floor(milliseconds / DAY)));
}
