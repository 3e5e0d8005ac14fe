import type { Cursor, SequenceSet } from '../wire/types.ts';
import { BadArgument } from '../wire/errors.ts';

/** What a client knows from its last session (RFC 7162 §3.2.5). */
export interface Resynchronisation {
  readonly uidValidity: number;
  readonly modseq: number;
  /** UIDs it knows of; undefined: all of them. */
  readonly known: SequenceSet | undefined;
}

export interface SelectParameters {
  readonly condstore: boolean;
  readonly qresync: Resynchronisation | undefined;
}

/** `select-params` (RFC 4466 §2.4) with those of RFC 7162 §3.1.8 and §3.2.5. */
export function readSelectParameters(args: Cursor): SelectParameters {
  let condstore = false;
  let qresync: Resynchronisation | undefined;
  if (!args.atEnd) {
    args.space();
    args.list(
      () => {
        const name = args.keyword();
        if (name === 'CONDSTORE') condstore = true;
        else if (name === 'QRESYNC' && qresync === undefined) {
          args.space();
          qresync = readQresync(args);
        } else throw new BadArgument(`${name} is no parameter here`);
      },
      { empty: true },
    );
  }
  args.end();
  return { condstore, qresync };
}

function readQresync(args: Cursor): Resynchronisation {
  args.expect('(');
  const uidValidity = args.number();
  args.space();
  const modseq = args.number64();
  let known: SequenceSet | undefined;
  if (args.take(' ')) {
    if (args.peek() !== '(') {
      known = args.sequenceSet();
      // A UID that is known is no `*`.
      if (known === '$' || known.flat().includes(Infinity))
        throw new BadArgument('A set of UIDs is expected');
      if (args.take(' ')) readMatch(args);
    } else readMatch(args);
  }
  args.expect(')');
  return { uidValidity, modseq, known };
}

/** Sequence numbers and UIDs that belong together: they would only spare us octets when expunged UIDs were forgotten. */
function readMatch(args: Cursor): void {
  args.expect('(');
  const numbers = args.sequenceSet();
  args.space();
  const uids = args.sequenceSet();
  args.expect(')');
  if (sizeOf(numbers) !== sizeOf(uids)) throw new BadArgument('There are not as many UIDs as numbers');
}

const sizeOf = (set: SequenceSet): number =>
  set === '$' ? NaN : set.reduce((size, [from, to]) => size + Math.abs(to - from) + 1, 0);
