import { BadArgument } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { readEntries } from './getmetadata.ts';
import { readStatusItems } from './status-items.ts';

/** What LIST was asked for (RFC 5258 §3). */
export interface ListRequest {
  readonly select: ReadonlySet<string>;
  readonly reference: string;
  readonly patterns: readonly string[];
  /** Written in the extended form: several patterns, or options. */
  readonly extended: boolean;
  readonly returns: ReadonlySet<string>;
  /** RFC 5819 §2; undefined when it was not asked for. */
  readonly status: readonly string[] | undefined;
  /** RFC 9590 §3. */
  readonly metadata: readonly string[] | undefined;
}

/** Patterns of one command; a client asks for some roots. */
const MAX_PATTERNS = 100;
/** Characters of a pattern: no mailbox has a longer name. */
const MAX_PATTERN = 1000;

const SELECT = new Set(['SUBSCRIBED', 'REMOTE', 'RECURSIVEMATCH', 'SPECIAL-USE']);
const RETURN = new Set(['SUBSCRIBED', 'CHILDREN', 'SPECIAL-USE', 'MYRIGHTS']);

/** The arguments of LIST, from the space before them (RFC 9051 §6.3.9). */
export function readListRequest(args: Cursor): ListRequest {
  args.space();
  const select = args.peek() === '(' ? readSelect(args) : undefined;
  const reference = args.mailbox();
  args.space();
  const listed = args.peek() === '(';
  const patterns = listed ? args.list(() => args.listMailbox(), { empty: true }) : [args.listMailbox()];
  if (patterns.length > MAX_PATTERNS) throw new BadArgument('Too many patterns');
  const returns = new Set<string>();
  let status: readonly string[] | undefined;
  let metadata: readonly string[] | undefined;
  const hasReturn = args.take(' RETURN ');
  if (hasReturn)
    args.list(
      () => {
        const option = args.keyword();
        if (option === 'STATUS') {
          args.space();
          status = readStatusItems(args);
        } else if (option === 'METADATA') {
          args.space();
          metadata = readEntries(args);
        } else if (RETURN.has(option)) returns.add(option);
        else throw new BadArgument(`${option} is no return option`);
      },
      { empty: true },
    );
  args.end();
  const extended = select !== undefined || listed || hasReturn;
  return {
    select: select ?? new Set(),
    reference,
    patterns: patterns.map((pattern) => withReference(reference, pattern)),
    extended,
    returns,
    status,
    metadata,
  };
}

/** `(SUBSCRIBED RECURSIVEMATCH)`, and the space behind it. */
function readSelect(args: Cursor): Set<string> {
  const select = new Set(args.list(() => args.keyword(), { empty: true }));
  const unknown = [...select].find((option) => !SELECT.has(option));
  if (unknown !== undefined) throw new BadArgument(`${unknown} is no selection option`);
  if (select.has('RECURSIVEMATCH') && !select.has('SUBSCRIBED') && !select.has('SPECIAL-USE'))
    throw new BadArgument('RECURSIVEMATCH needs something to match');
  args.space();
  return select;
}

/** A reference goes before the pattern as it is (RFC 9051 §6.3.9). */
export function withReference(reference: string, pattern: string): string {
  const whole = `${reference}${pattern}`;
  if (whole.length > MAX_PATTERN) throw new BadArgument('A pattern is too long');
  return whole;
}
