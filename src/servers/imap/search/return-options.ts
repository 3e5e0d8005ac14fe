import { BadArgument } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';

/** `RETURN (…)` of RFC 9051 §6.4.4, RFC 4731 §3, RFC 5267 §4, RFC 6203 §4 and RFC 9394 §3. */
export interface ReturnOptions {
  readonly min: boolean;
  readonly max: boolean;
  readonly all: boolean;
  readonly count: boolean;
  readonly save: boolean;
  readonly update: boolean;
  readonly relevancy: boolean;
  readonly partial: PartialRange | undefined;
}

/** Numbers of results, from 1; with `fromEnd` counted from the last one. */
export interface PartialRange {
  readonly from: number;
  readonly to: number;
  readonly fromEnd: boolean;
}

type Flag = Exclude<keyof ReturnOptions, 'partial'>;

const FLAGS: Readonly<Record<string, Flag>> = {
  MIN: 'min',
  MAX: 'max',
  ALL: 'all',
  COUNT: 'count',
  SAVE: 'save',
  UPDATE: 'update',
  RELEVANCY: 'relevancy',
};

export const returnAll: ReturnOptions = {
  min: false,
  max: false,
  all: true,
  count: false,
  save: false,
  update: false,
  relevancy: false,
  partial: undefined,
};

/** Reads `RETURN (…) ` when it stands there, with the space after it. Empty parentheses mean ALL. */
export function parseReturn(args: Cursor): ReturnOptions | undefined {
  if (!args.take('RETURN ')) return undefined;
  const options: { -readonly [K in keyof ReturnOptions]: ReturnOptions[K] } = { ...returnAll, all: false };
  args.list(
    () => {
      const name = args.keyword();
      const flag = FLAGS[name];
      if (flag !== undefined) options[flag] = true;
      else if (name === 'PARTIAL') {
        if (options.partial !== undefined) throw new BadArgument('PARTIAL may be there once');
        args.space();
        options.partial = parsePartial(args);
      } else if (name !== 'CONTEXT') throw new BadArgument('There is no such return option');
    },
    { empty: true },
  );
  args.space();
  // RFC 9394 §3.1.
  if (options.partial !== undefined && options.all)
    throw new BadArgument('PARTIAL and ALL exclude each other');
  const { min, max, all, count, partial, save, update, relevancy } = options;
  if (!(min || max || all || count || partial !== undefined || save || update || relevancy))
    options.all = true;
  return options;
}

/** `1:100`, or from the end `-1:-100`. */
function parsePartial(args: Cursor): PartialRange {
  const fromEnd = args.take('-');
  const from = args.number();
  args.expect(':');
  if (fromEnd) args.expect('-');
  const to = args.number();
  if (from === 0 || to === 0) throw new BadArgument('Results are counted from 1');
  return { from: Math.min(from, to), to: Math.max(from, to), fromEnd };
}

/** The results a range means; in the order of the results also when counted from the end. */
export function partialOf<T>(results: readonly T[], { from, to, fromEnd }: PartialRange): readonly T[] {
  const { length } = results;
  return fromEnd
    ? results.slice(Math.max(0, length - to), Math.max(0, length - from + 1))
    : results.slice(from - 1, to);
}

/** As the client wrote it, the smaller number first. */
export function partialText({ from, to, fromEnd }: PartialRange): string {
  return fromEnd ? `-${from}:-${to}` : `${from}:${to}`;
}
