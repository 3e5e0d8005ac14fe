import { MAX_KEY_BYTES, MAX_MANY, MAX_VALUE_BYTES } from './types.ts';

/** Columns a token table may have: Bayes needs two; one number each, so that a row stays small. */
export const MAX_COLUMNS = 8;
/** Tokens in one call. A message has some thousands; more would hold the store up for all others. */
export const MAX_TOKENS = 16_384;
/** Longest time to live, seconds (100 years): larger sums would leave the range SQLite and Redis count in. */
const MAX_TTL = 100 * 366 * 86_400;

/** Throws a TypeError or RangeError: such a key is a fault of the caller, not of the store. */
export function checkKey(key: string): void {
  if (typeof key !== 'string' || key === '') throw new TypeError('a key is a text that is not empty');
  checkPrefix(key);
}

export function checkPrefix(prefix: string): void {
  // A lone surrogate has no UTF-8: two such keys would become the same.
  if (!prefix.isWellFormed()) throw new TypeError('a key is well-formed Unicode');
  const bytes = Buffer.byteLength(prefix);
  if (bytes > MAX_KEY_BYTES)
    throw new RangeError(`a key has at most ${MAX_KEY_BYTES} bytes, this has ${bytes}`);
}

export function checkValue(value: Uint8Array): void {
  if (!(value instanceof Uint8Array)) throw new TypeError('a value is a Uint8Array');
  if (value.length > MAX_VALUE_BYTES)
    throw new RangeError(`a value has at most ${MAX_VALUE_BYTES} bytes, this has ${value.length}`);
}

/** Throws a RangeError for more entries than one call takes. */
export function checkMany(count: number): void {
  if (count > MAX_MANY) throw new RangeError(`at most ${MAX_MANY} entries in one call, not ${count}`);
}

/** Seconds → milliseconds; undefined stays. */
export function ttlMilliseconds(ttl: number | undefined): number | undefined {
  if (ttl === undefined) return undefined;
  if (!(ttl > 0 && ttl <= MAX_TTL))
    throw new RangeError(`a ttl is between 0 and ${MAX_TTL} seconds, not ${ttl}`);
  return Math.max(1, Math.round(ttl * 1000));
}

export function checkIncrement(by: number): void {
  if (!Number.isSafeInteger(by)) throw new RangeError(`a counter grows by whole numbers, not ${by}`);
}

export function checkTokens(tokens: BigUint64Array, columns: number): void {
  if (tokens.length > MAX_TOKENS)
    throw new RangeError(`at most ${MAX_TOKENS} tokens in one call, not ${tokens.length}`);
  if (!Number.isInteger(columns) || columns < 1 || columns > MAX_COLUMNS)
    throw new RangeError(`a token table has 1 to ${MAX_COLUMNS} columns, not ${columns}`);
}

export function checkDeltas(deltas: readonly number[]): void {
  for (const delta of deltas)
    if (!Number.isSafeInteger(delta))
      throw new RangeError(`token counts change by whole numbers, not ${delta}`);
}

export function checkDay(day: number): void {
  if (!Number.isSafeInteger(day) || day < 0)
    throw new RangeError(`days are counted in whole numbers from 0, not ${day}`);
}
