import type { Envelope } from '../../message/envelope.ts';
import type { Message } from '../../message/types.ts';
import { messageHash } from '../bayes/identity.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { FuzzySettings } from './settings.ts';
import type { FuzzyWish } from './store.ts';
import type { Fingerprint, FuzzyFinding } from './types.ts';

/** Who keeps what was learned, as a scan sees him. */
export interface FuzzyKeeper {
  /** An Int32 that is 0 while nothing was learned. */
  readonly memory: SharedArrayBuffer;
  /** Undefined when there is no answer in time. */
  find(fingerprint: Fingerprint): Promise<FuzzyFinding[] | undefined>;
  learn(wish: FuzzyWish): void;
}

/** Compares messages with what was learned, on the thread that scans. */
export class Fuzzy {
  readonly #settings: FuzzySettings;
  readonly #keeper: FuzzyKeeper;
  readonly #some: Int32Array;
  readonly #traps: ReadonlySet<string>;

  constructor(settings: FuzzySettings, keeper: FuzzyKeeper) {
    this.#settings = settings;
    this.#keeper = keeper;
    this.#some = new Int32Array(keeper.memory);
    this.#traps = new Set(settings.traps.map((address) => address.toLowerCase()));
  }

  /** Undefined when nothing was learned, the message has nothing to compare, or there is no answer in time. */
  find(message: Message): Promise<FuzzyFinding[] | undefined> | undefined {
    if (Atomics.load(this.#some, 0) === 0) return undefined;
    const fingerprint = fingerprintOf(message, this.#settings);
    return fingerprint === undefined ? undefined : this.#keeper.find(fingerprint);
  }

  /** Learns what came to traps alone: one real recipient, and it may be a letter. */
  observe(message: Message, { recipients }: Envelope): void {
    if (this.#traps.size === 0 || recipients.length === 0) return;
    if (!recipients.every(({ address }) => this.#traps.has(address.toLowerCase()))) return;
    const fingerprint = fingerprintOf(message, this.#settings);
    if (fingerprint !== undefined)
      this.#keeper.learn({ kind: 'probable', message: messageHash(message), fingerprint });
  }
}
