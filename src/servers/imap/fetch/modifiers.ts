import { BadArgument } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';

/** What may stand in parentheses at the end of a FETCH (RFC 4466 §2.4). */
export interface FetchModifiers {
  /** RFC 7162 §3.1.4.1. */
  readonly changedSince?: number;
  /** RFC 7162 §3.2.6. */
  readonly vanished: boolean;
  readonly partial?: PartialRange;
}

/** RFC 9394 §3.1: positions from 1, both ends included; negative ones count from the newest. */
export type PartialRange = readonly [one: number, other: number];

export function readModifiers(args: Cursor): FetchModifiers {
  if (args.atEnd) return { vanished: false };
  args.space();
  let changedSince: number | undefined;
  let partial: PartialRange | undefined;
  let vanished = false;
  const read = (): void => {
    const name = args.keyword();
    if (name === 'CHANGEDSINCE' && changedSince === undefined) {
      args.space();
      changedSince = args.number64();
    } else if (name === 'VANISHED' && !vanished) vanished = true;
    else if (name === 'PARTIAL' && partial === undefined) {
      args.space();
      partial = readPartialRange(args);
    } else throw new BadArgument(`${name.slice(0, 40)} cannot stand there`);
  };
  args.list(read, { empty: true });
  return {
    vanished,
    ...(changedSince === undefined ? {} : { changedSince }),
    ...(partial === undefined ? {} : { partial }),
  };
}

function readPartialRange(args: Cursor): PartialRange {
  const negative = args.take('-');
  const one = args.number();
  args.expect(':');
  if (args.take('-') !== negative)
    throw new BadArgument('Both ends of a range are counted from the same side');
  const other = args.number();
  if (one === 0 || other === 0) throw new BadArgument('Positions begin at 1');
  return negative ? [-one, -other] : [one, other];
}

/** Those at these positions, ascending; nothing when there are not so many. */
export function cutPartial(uids: readonly number[], range: PartialRange | undefined): readonly number[] {
  if (range === undefined) return uids;
  const [low, high] = [Math.min(...range), Math.max(...range)];
  if (low > 0) return uids.slice(low - 1, high);
  return uids.slice(Math.max(0, uids.length + low), Math.max(0, uids.length + high + 1));
}
