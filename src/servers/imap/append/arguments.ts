import type { Flags } from '../../../store/mail/types.ts';
import { flagsOf } from '../flag-rights.ts';
import { BadArgument } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';

/** Pieces of one CATENATE. */
const MAX_PIECES = 1000;

/** A piece of a message: octets, or a URL that names some. */
export type AppendPiece = { readonly octets: Buffer } | { readonly url: string };

export interface AppendMessage {
  readonly flags: Flags;
  readonly internalDate: number | undefined;
  readonly pieces: readonly AppendPiece[];
  /** `UTF8 (~{n}…)` (RFC 6855 §4). */
  readonly utf8: boolean;
}

/**
 *     append-message = [SP flag-list] [SP date-time] SP append-data        (RFC 4466 §2.3)
 *     append-data    = literal / literal8 / "UTF8" SP "(" literal8 ")" / "CATENATE" SP "(" cat-part *(SP cat-part) ")"
 */
export function readMessage(args: Cursor): AppendMessage {
  args.space();
  let flags: Flags = { system: 0, keywords: [] };
  if (args.peek() === '(') {
    flags = flagsOf(args.flags());
    args.space();
  }
  let internalDate: number | undefined;
  if (args.peek() === '"') {
    internalDate = args.dateTime();
    args.space();
  }
  if (args.take('CATENATE ')) return { flags, internalDate, ...readCatenate(args) };
  if (args.take('UTF8 ')) return { flags, internalDate, pieces: [readUtf8(args)], utf8: true };
  return { flags, internalDate, pieces: [readLiteral(args)], utf8: false };
}

function readLiteral(args: Cursor): AppendPiece {
  const first = args.peek();
  if (first !== '{' && first !== '~') throw new BadArgument('A message is a literal');
  return { octets: args.octets().data };
}

function readUtf8(args: Cursor): AppendPiece {
  args.expect('(');
  if (args.peek() !== '~') throw new BadArgument('UTF8 has a literal8');
  const piece = readLiteral(args);
  args.expect(')');
  return piece;
}

/** RFC 4469 §3. */
function readCatenate(args: Cursor): Pick<AppendMessage, 'pieces' | 'utf8'> {
  let utf8 = false;
  let count = 0;
  const pieces = args.list((): AppendPiece => {
    if (++count > MAX_PIECES) throw new BadArgument('Too many pieces');
    if (args.take('URL ')) return { url: args.astring() };
    if (args.take('TEXT ')) return readLiteral(args);
    args.expect('UTF8 ');
    utf8 = true;
    return readUtf8(args);
  });
  return { pieces, utf8 };
}
