import type { Envelope } from '../../message/envelope.ts';
import type { Message } from '../../message/types.ts';
import { autolearnAs } from './autolearn.ts';
import { classify, type Judgement } from './classify.ts';
import { COUNTED, countsOf, SEEN, split, userHash } from './entries.ts';
import type { BayesMessage } from './host.ts';
import { messageHash } from './identity.ts';
import type { BayesSettings } from './settings.ts';
import { TokenCounts } from './table.ts';
import { TokenSet } from './token-set.ts';
import { tokenize } from './tokenize.ts';

const DAY = 86_400_000;

export interface BayesOptions {
  settings: BayesSettings;
  /** Of a {@link TokenCounts} that the main thread writes. */
  memory: SharedArrayBuffer;
  /** Asks the main thread; absent: nothing is fetched and nothing learned. */
  post?: (message: BayesMessage) => void;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** Judges messages by what was learned, and has them learned; for one thread. */
export class Bayes {
  readonly #options: BayesOptions;
  readonly #table: TokenCounts;
  readonly #tokens: TokenSet;

  constructor(options: BayesOptions) {
    this.#options = options;
    this.#table = new TokenCounts(options.memory);
    this.#tokens = new TokenSet(options.settings.tokens);
  }

  /**
   * Undefined while too little was learned. Bounded by `tokens`; never throws for what a message holds. With counts in
   * the state it waits for those that are missing, `timeout` at most, and goes on with what is there.
   */
  judge(message: Message, envelope: Envelope): Judgement | undefined | Promise<Judgement | undefined> {
    const { settings, post } = this.#options;
    const user = settings.perUser ? soleRecipient(envelope) : undefined;
    if (settings.backend === 'state' && post !== undefined) {
      // Other messages are tokenized while this one waits.
      tokenize(message, this.#tokens);
      const tokens = this.#tokens.toArray();
      return this.#fetch(tokens, user).then(() =>
        this.#classify(new Uint32Array(tokens.buffer), tokens.length, user),
      );
    }
    if (this.#table.size === 0) return undefined;
    tokenize(message, this.#tokens);
    return this.#classify(this.#tokens.words, this.#tokens.size, user);
  }

  /** Has a message learned whose symbols leave no doubt, if the settings want that. */
  observe(message: Message, hits: readonly { symbol: string; score: number }[]): void {
    const { settings, post, now } = this.#options;
    if (post === undefined || !settings.autolearn.enabled) return;
    const kind = autolearnAs(hits, countsOf(this.#table, SEEN), settings);
    if (kind === undefined) return;
    tokenize(message, this.#tokens);
    const day = Math.floor(now() / DAY) & 0xffff;
    post({
      bayes: 'learn',
      request: { kind, day, user: 0n, message: messageHash(message), tokens: this.#tokens.toArray() },
    });
  }

  #classify(words: Uint32Array, count: number, user: bigint | undefined): Judgement | undefined {
    const { minimumLearned, userWeight } = this.#options.settings;
    return classify(this.#table, words, count, {
      minimumLearned,
      userWeight,
      ...(user === undefined ? {} : { user }),
    });
  }

  async #fetch(tokens: BigUint64Array, user: bigint | undefined): Promise<void> {
    const { post, now, settings } = this.#options;
    const users = user === undefined ? [0n] : [0n, user];
    const keys = users.flatMap((one) => [
      SEEN ^ one,
      COUNTED ^ one,
      ...Array.from(tokens, (token) => token ^ one),
    ]);
    const missing = keys.filter((key) => !isFresh(this.#table, key, now(), settings.cacheTime));
    if (missing.length === 0) return;
    const memory = new SharedArrayBuffer(4);
    const done = new Int32Array(memory);
    post?.({ bayes: 'fetch', tokens: new BigUint64Array(missing), done: memory });
    await Atomics.waitAsync(done, 0, 0, settings.timeout).value;
  }
}

/** Entries of a cache have the time they were fetched where others have a day: seconds, modulo 65,535. */
export const cacheStamp = (now: number): number => Math.floor(now / 1000) % 0xffff;

export function isFresh(table: TokenCounts, key: bigint, now: number, cacheTime: number): boolean {
  const entry = table.find(...split(key));
  return entry >= 0 && (cacheStamp(now) - table.day(entry) + 0xffff) % 0xffff < cacheTime;
}

/** The user whose counts are asked: he who alone gets the message. */
function soleRecipient({ recipients }: Envelope): bigint | undefined {
  const only = recipients.length === 1 ? recipients[0] : undefined;
  return only === undefined ? undefined : userHash(only.address);
}
