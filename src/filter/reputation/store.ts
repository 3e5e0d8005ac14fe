import type { State } from '../../state/types.ts';
import { advance, decodeRecord, encodeRecord } from './record.ts';
import type { ReputationSettings } from './settings.ts';
import type { Experience, Standing, Subject } from './types.ts';

/** A wish of a person about a message, known by its hash (`messageHash`). */
export interface ReputationWish {
  kind: 'spam' | 'ham' | 'forget';
  message: bigint;
  subjects: readonly Subject[];
}

export interface ReputationStoreOptions {
  state: State;
  settings: Pick<ReputationSettings, 'halfLife' | 'expire' | 'learned'>;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Told when what was gathered could not be written; it is lost then, which no mail suffers from. */
  failed: (error: Error) => void;
}

/** Milliseconds for which experience is gathered: a busy sender is written once in this time. */
const GATHER = 5_000;
/** Senders gathered at most; then it is written at once, and what comes meanwhile beyond is left out. */
const MOST_GATHERED = 10_000;
/** Senders in one step of the state. */
const STEP = 256;

interface Sum {
  messages: number;
  sum: number;
}

export const reputationKey = ({ kind, name }: Subject): string => `reputation/${kind}/${name}`;
const messageKey = (message: bigint): string => `reputation/m/${message.toString(36)}`;

/**
 * Standings of senders, in the state. Several processes may use one state; a message may be lost when two write the
 * standing of one sender in the same moment.
 */
export class ReputationStore {
  readonly #options: ReputationStoreOptions;
  #gathered = new Map<string, Sum>();
  #timer: NodeJS.Timeout | undefined;
  /** One change after the other. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: ReputationStoreOptions) {
    this.#options = options;
  }

  /** Those of the subjects that anything is known of. Rejects with a `StateError`. */
  async look(subjects: readonly Subject[]): Promise<Standing[]> {
    const { state, now, settings } = this.#options;
    const values = await state.getMany(subjects.map(reputationKey));
    return subjects.flatMap((subject, index): Standing[] => {
      const record = decodeRecord(values[index]);
      if (record === undefined) return [];
      const { messages, sum } = advance(record, now(), settings.halfLife * 1000);
      return messages > 0 ? [{ ...subject, messages, mean: sum / messages }] : [];
    });
  }

  /** Adds what a message was worth; written within seconds. */
  add({ subjects, value }: Experience): void {
    for (const subject of subjects) this.#gather(reputationKey(subject), { messages: 1, sum: value });
    if (this.#gathered.size >= MOST_GATHERED) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), GATHER).unref();
  }

  /** Counts what a person says of a message; once, however often it is said. Rejects with a `StateError`. */
  learn(wish: ReputationWish): Promise<void> {
    const result = this.#work.then(() => this.#learn(wish));
    this.#work = result.catch(() => undefined);
    return result;
  }

  /** Writes what was gathered. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const gathered = [...this.#gathered];
    this.#gathered = new Map();
    this.#work = this.#work.then(async () => {
      try {
        await this.#write(gathered);
      } catch (error) {
        this.#options.failed(error as Error);
      }
    });
    return this.#work as Promise<void>;
  }

  close(): Promise<void> {
    return this.flush();
  }

  #gather(key: string, { messages, sum }: Sum): void {
    const before = this.#gathered.get(key);
    if (before === undefined && this.#gathered.size >= MOST_GATHERED) return;
    this.#gathered.set(key, {
      messages: (before?.messages ?? 0) + messages,
      sum: (before?.sum ?? 0) + sum,
    });
  }

  async #learn({ kind, message, subjects }: ReputationWish): Promise<void> {
    const { state, settings } = this.#options;
    const key = messageKey(message);
    const value = await state.get(key);
    const before = value === undefined ? undefined : Buffer.from(value).toString();
    if (before === kind || (kind === 'forget' && before === undefined) || subjects.length === 0) return;
    const sums: Sum = { messages: 0, sum: 0 };
    const count = (as: string, times: number): void => {
      sums.messages += times;
      sums.sum += as === 'spam' ? times : -times;
    };
    if (before !== undefined) count(before, -settings.learned);
    if (kind !== 'forget') count(kind, settings.learned);
    // First that it was counted: whatever ends this in between, it is not counted twice.
    if (kind === 'forget') await state.delete(key);
    else await state.put(key, Buffer.from(kind), settings.expire);
    await this.#write(subjects.map((subject) => [reputationKey(subject), sums]));
  }

  async #write(sums: readonly (readonly [key: string, more: Sum])[]): Promise<void> {
    const { state, now, settings } = this.#options;
    for (let at = 0; at < sums.length; at += STEP) {
      const some = sums.slice(at, at + STEP);
      const values = await state.getMany(some.map(([key]) => key));
      const puts = some.map(([key, more], index): [string, Uint8Array] => [
        key,
        encodeRecord(advance(decodeRecord(values[index]), now(), settings.halfLife * 1000, more)),
      ]);
      await state.putMany(puts, settings.expire);
    }
  }
}
