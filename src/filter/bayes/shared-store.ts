import type { Log } from '../../log.ts';
import type { TokenTable } from '../../state/types.ts';
import { cacheStamp, isFresh } from './bayes.ts';
import { COUNTED, countsOfKnown, type Known, knownOf, messageKey, SEEN, split } from './entries.ts';
import type { BayesHost } from './host.ts';
import { changeOf, type Outcome } from './learn.ts';
import { score } from './classify.ts';
import type { LearnRequest } from './record.ts';
import type { BayesSettings } from './settings.ts';
import { TokenCounts } from './table.ts';

export interface SharedStoreOptions {
  /** `state.tokens('bayes')`, of a state that all nodes share. */
  tokens: TokenTable;
  settings: BayesSettings;
  /** Whether we are the one who sweeps today; absent: nobody sweeps here. */
  claim?: () => Promise<boolean>;
  log: Log;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Tokens in one call of the state. */
const MOST_TOKENS = 16_384;
/** Columns of a token: spam and ham. */
const COLUMNS = 2;
/** Counts of a token, both classes together, that count as rare; messages that were learned have no more. */
const RARE = 2;
/** What is not rare is forgotten after so many times the time. */
const PATIENCE = 3;
/** Milliseconds between two looks whether it is time to sweep. */
const INTERVAL = 3_600_000;
const DAY = 86_400_000;

/**
 * Counts in a state that several nodes share. The memory is a cache of it: counts are believed for `cacheTime`, those
 * of unknown tokens too. Learning asks for the counts of the message, decides, and adds; two nodes that learn the same
 * message at the same moment may both count it.
 */
export class SharedStore implements BayesHost {
  readonly #options: SharedStoreOptions;
  readonly #cache: TokenCounts;
  #work: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SharedStoreOptions) {
    this.#options = options;
    this.#cache = TokenCounts.create(options.settings.tableBytes);
  }

  get memory(): SharedArrayBuffer {
    return this.#cache.memory;
  }

  async fetch(tokens: BigUint64Array): Promise<void> {
    const { now, settings } = this.#options;
    // Another worker may have asked for the same meanwhile.
    const missing = tokens.filter((token) => !isFresh(this.#cache, token, now(), settings.cacheTime));
    if (missing.length > 0) await this.#refresh(missing);
  }

  learn(requests: readonly LearnRequest[]): Promise<Outcome[]> {
    const result = this.#work.then(async () => {
      const outcomes: Outcome[] = [];
      for (const request of requests) outcomes.push(await this.#learnOne(request));
      return outcomes;
    });
    this.#work = result.catch(() => undefined);
    return result;
  }

  /** Everybody learns into the state by himself: there is no spool. What nobody learns any more is swept once a day. */
  start(): void {
    const { claim, log } = this.#options;
    if (claim === undefined) return;
    const look = async (): Promise<void> => {
      try {
        if (await claim()) await this.sweep();
      } catch (error) {
        log.error({ error: (error as Error).message }, 'old tokens could not be swept');
      }
    };
    this.#timer ??= setInterval(() => void look(), INTERVAL).unref();
  }

  /** Removes what was not learned for long. Rejects with a `StateError`. */
  async sweep(): Promise<void> {
    const { tokens, settings, now, log } = this.#options;
    const daysAgo = (seconds: number): number => Math.max(0, Math.floor((now() - seconds * 1000) / DAY));
    const rare = await tokens.sweep(daysAgo(settings.expire), RARE);
    const others = await tokens.sweep(daysAgo(settings.expire * PATIENCE), Number.MAX_SAFE_INTEGER);
    if (rare + others > 0) log.info({ rare, others }, 'old tokens swept');
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#work;
  }

  async #learnOne({ kind, user, message, tokens }: LearnRequest): Promise<Outcome> {
    const table = this.#options.tokens;
    const key = messageKey(user, message);
    const own = tokens.map((token) => token ^ user);
    await this.#refresh(new BigUint64Array([key, SEEN ^ user, COUNTED ^ user, ...own]));
    const before = knownOf(this.#counts(key));
    const words = new Uint32Array(tokens.buffer, tokens.byteOffset, tokens.length * 2);
    const change = changeOf(kind, before, () => score(this.#cache, words, tokens.length, user));
    if (change === undefined) return 'known';
    const { after } = change;
    const today = Math.floor(this.#options.now() / DAY);
    const add = async (
      some: bigint[] | BigUint64Array,
      spam: number,
      ham: number,
      day?: number,
    ): Promise<void> => {
      if (spam === 0 && ham === 0) return;
      const all = new BigUint64Array(some);
      for (let at = 0; at < all.length; at += MOST_TOKENS)
        await table.add(all.subarray(at, at + MOST_TOKENS), [spam, ham], day);
      await this.#refresh(all);
    };
    const [was, is] = [countsOfKnown(before), countsOfKnown(after)];
    const moved = (as: Known['as']): number => Number(after?.as === as) - Number(before?.as === as);
    // The message first: whatever ends this in between, it is not counted twice.
    await add([key], is.spam - was.spam, is.ham - was.ham, today);
    await add([SEEN ^ user], moved('spam'), moved('ham'));
    await add([COUNTED ^ user], change.spam, change.ham);
    await add(own, change.spam, change.ham, today);
    if (kind === 'forget') return 'forgotten';
    return before === undefined ? 'learned' : 'relearned';
  }

  #counts(key: bigint): { spam: number; ham: number } {
    const entry = this.#cache.find(...split(key));
    return entry < 0 ? { spam: 0, ham: 0 } : { spam: this.#cache.spam(entry), ham: this.#cache.ham(entry) };
  }

  async #refresh(tokens: BigUint64Array): Promise<void> {
    const stamp = cacheStamp(this.#options.now());
    for (let at = 0; at < tokens.length; at += MOST_TOKENS) {
      const some = tokens.slice(at, at + MOST_TOKENS);
      const counts = await this.#options.tokens.get(some, COLUMNS);
      // A cache that is full begins anew: what is asked for comes back at once.
      if (this.#cache.slots - this.#cache.size < this.#cache.slots / 4 + some.length)
        this.#cache.sweep(() => false);
      for (const [index, token] of some.entries())
        this.#cache.set(...split(token), counts[index * 2] ?? 0, counts[index * 2 + 1] ?? 0, stamp);
    }
  }
}
