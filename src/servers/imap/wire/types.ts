/**
 * A command's arguments, read from left to right as the grammar says (RFC 9051 §9). Every method throws a
 * `BadArgument` when what stands there is something else: the command is answered with BAD. Strings of any form
 * (atom, quoted, literal) are read by the same method.
 */
export interface Cursor {
  /** Nothing is left. */
  readonly atEnd: boolean;
  /** Throws unless nothing is left. */
  end(): void;
  /** One space. */
  space(): void;
  /** The next octet as a character, '' at the end; nothing is taken. */
  peek(): string;
  /** Takes `text` when it stands there, in any case. */
  take(text: string): boolean;
  /** Takes `text` or throws. */
  expect(text: string): void;
  atom(): string;
  /** Atom, in capitals: a name of an item, an option, a key. */
  keyword(): string;
  /** Text of an astring: UTF-8 where it is, else each octet a character. */
  astring(): string;
  /** The same without decoding: each octet a character. */
  astringOctets(): string;
  /** One flag, also as a string. */
  flag(): string;
  /** Quoted string or literal; null for NIL. */
  nstring(): string | null;
  /** Octets of a string, a literal or a literal8. */
  octets(): { readonly data: Buffer; readonly binary: boolean };
  /** Name of a mailbox, decoded from modified UTF-7 or, with UTF8=ACCEPT or IMAP4rev2, UTF-8; INBOX in capitals. */
  mailbox(): string;
  /** A pattern of LIST, decoded as a mailbox is; `%` and `*` are left. */
  listMailbox(): string;
  /** 0 to 2^32-1. */
  number(): number;
  /** 0 to 2^63-1; beyond 2^53 it is a fault. */
  number64(): number;
  sequenceSet(): SequenceSet;
  /** `(a b c)`; an empty list is allowed when `empty` is set. */
  list<T>(item: () => T, options?: { readonly empty?: boolean }): T[];
  /** `(\Seen $Label)`, also without parentheses where `bare` is set. */
  flags(options?: { readonly bare?: boolean }): string[];
  /** `"17-Jul-1996 02:44:25 -0700"` as milliseconds since the epoch. */
  dateTime(): number;
  /** `1-Feb-1994`, quoted or not, as the day's midnight in UTC, milliseconds. */
  date(): number;
}

/** Numbers as written; `*` is Infinity. `$` is what SEARCH saved (RFC 5182). */
export type SequenceSet = readonly (readonly [from: number, to: number])[] | '$';

/**
 * A piece of a response: text goes out as UTF-8 as it is (the caller has quoted it), octets go out as they are.
 * See `wire/writer.ts` for `quoted`, `string`, `literal` and the others that make them.
 */
export type Piece = string | Uint8Array;

/** RFC 9051 §7.1; its arguments follow the name: `COPYUID 1 2:3 4:5`. */
export type ResponseCode = string;
