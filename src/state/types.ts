/**
 * What Tamis remembers between messages: small values, counters, token tables. Two drivers (SQLite, Redis) pass one
 * contract suite. Keys are text of at most {@link MAX_KEY_BYTES} bytes, by convention `room/kind/name`.
 */
export interface State {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Values in the order asked, at most {@link MAX_MANY} keys: one step for the driver, not one each. */
  getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]>;
  /** As {@link put} for up to {@link MAX_MANY} entries; when it fails some may have been put. */
  putMany(entries: readonly (readonly [key: string, value: Uint8Array])[], ttl?: number): Promise<void>;
  /** `ttl` in seconds; without it the value stays. */
  put(key: string, value: Uint8Array, ttl?: number): Promise<void>;
  /** Puts only where nothing (or only something expired) is; true when it did. One winner among concurrent callers. */
  putIfAbsent(key: string, value: Uint8Array, ttl?: number): Promise<boolean>;
  /** True when there was something. */
  delete(key: string): Promise<boolean>;
  /** Live keys that start with `prefix`, in no given order, fetched in pages. */
  list(prefix: string): AsyncIterable<{ key: string; value: Uint8Array }>;
  /** Adds to a counter and returns the new value. The `ttl` (seconds) is set when the counter begins, not renewed. */
  increment(key: string, by: number, ttl?: number): Promise<number>;
  /** Table of token counts, for Bayes and its like. */
  tokens(table: string): TokenTable;
  /** Resolves when the driver answers; rejects with a {@link StateError} otherwise. For /health. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Counts by token, `columns` numbers each (for Bayes: spam and ham). */
export interface TokenTable {
  /** Counts in the order asked; zeros for unknown tokens. Tokens are 64-bit hashes. */
  get(tokens: BigUint64Array, columns: number): Promise<Float64Array>;
  /**
   * Adds `deltas[column]` to each token, atomically as a whole. `day` (since the epoch) is when that was; what was only
   * ever added to without one is never too old.
   */
  add(tokens: BigUint64Array, deltas: readonly number[], day?: number): Promise<void>;
  /**
   * Removes tokens last added to before a day whose counts together are at most `most`, in steps that let other work go on.
   * Returns how many. What is added to one of them meanwhile may be lost.
   */
  sweep(before: number, most: number): Promise<number>;
  /**
   * All tokens, in pages, in no given order. What changes meanwhile may or may not be among them; a token may come twice.
   */
  list(columns: number): AsyncIterable<readonly TokenRow[]>;
  /** Removes all tokens, in steps that let other work go on. */
  clear(): Promise<void>;
}

export interface TokenRow {
  readonly token: bigint;
  readonly counts: readonly number[];
  /** When it was last added to; absent for what is never too old. */
  readonly day?: number;
}

export const MAX_KEY_BYTES = 1024;
/** Entries in one call: a thousand are some milliseconds during which others wait. */
export const MAX_MANY = 1024;
/** Values are small things; mail never goes in here. */
export const MAX_VALUE_BYTES = 1024 * 1024;

/** The driver cannot answer now (server gone, disk full): callers answer 4xx or go on without, never lose mail. */
export class StateError extends Error {
  readonly temporary: boolean;
  constructor(message: string, temporary: boolean, options?: ErrorOptions) {
    super(message, options);
    this.temporary = temporary;
  }
}
