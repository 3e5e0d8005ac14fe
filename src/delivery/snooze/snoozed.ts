import type { Log } from '../../log.ts';
import type { State } from '../../state/types.ts';
import { type AccountStore, type Delivered, type Store, StoreError } from '../../store/types.ts';
import { INBOX } from '../plan.ts';
import { resolveTarget } from '../targets.ts';
import { formatSnoozed, parseSnoozed, type SnoozedMessage } from './entry.ts';

/** Messages that wait in a mailbox until their time has come. When that is, the state remembers. */
export interface Snoozed {
  /** Whether one more may wait. */
  hasRoom(limit: number): boolean;
  /** To be called before the message is in its mailbox. Rejects with a `StateError`. */
  remember(message: SnoozedMessage): Promise<void>;
  /** To be called when it is there. */
  begin(message: SnoozedMessage): void;
  /** Never rejects: what is remembered of a message that is not there does no harm. */
  forget(message: SnoozedMessage): Promise<void>;
  /** Begins to bring messages back, those first whose time came while nobody was there to do it. */
  start(): void;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export interface SnoozedOptions {
  state: Pick<State, 'put' | 'delete' | 'list'>;
  /** Opens the account in the store that is in force. */
  open: Store['open'];
  /** Milliseconds since the epoch. */
  now?: () => number;
  log: Log;
}

const PREFIX = 'delivery/snooze/';
/** Longest sleep, milliseconds: clocks are set, machines are suspended. */
const TICK = 30_000;
/** Milliseconds after which the state is read again, for messages that another process which is gone has put away. */
const REREAD = 3_600_000;
/** Milliseconds until the next attempt to bring a message back. */
const RETRY = 300_000;
/** Milliseconds in which a message that is remembered gets into its mailbox, or never does. */
const UNDERWAY = 600_000;
/** Messages brought back at the same time. */
const CONCURRENCY = 8;

export function createSnoozed(options: SnoozedOptions): Snoozed {
  return new SnoozedMessages(options);
}

class SnoozedMessages implements Snoozed {
  readonly #options: SnoozedOptions;
  readonly #now: () => number;
  /** By name; the time is when it is to be looked at. */
  readonly #waiting = new Map<string, { message: SnoozedMessage; time: number }>();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer ends. */
  #next = Number.POSITIVE_INFINITY;
  #reread = 0;
  #running: Promise<void> | undefined;
  #started = false;

  constructor(options: SnoozedOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  hasRoom(limit: number): boolean {
    return this.#waiting.size < limit;
  }

  async remember(message: SnoozedMessage): Promise<void> {
    await this.#options.state.put(PREFIX + message.name, formatSnoozed(message));
  }

  begin(message: SnoozedMessage): void {
    this.#add(message);
    if (message.wakes < this.#next) this.#sleep();
  }

  async forget(message: SnoozedMessage): Promise<void> {
    this.#waiting.delete(message.name);
    try {
      await this.#options.state.delete(PREFIX + message.name);
    } catch (error) {
      this.#options.log.warn({ name: message.name, err: error }, 'what is over of a snoozed message stays');
    }
  }

  start(): void {
    this.#started = true;
    this.#sleep();
  }

  async close(): Promise<void> {
    this.#started = false;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #add(message: SnoozedMessage): void {
    if (!this.#waiting.has(message.name)) this.#waiting.set(message.name, { message, time: message.wakes });
  }

  /** Until the next message, or the next look at the clock. */
  #sleep(): void {
    if (!this.#started || this.#running !== undefined) return;
    clearTimeout(this.#timer);
    const now = this.#now();
    let next = Math.min(now + TICK, this.#reread);
    for (const { time } of this.#waiting.values()) if (time < next) next = time;
    this.#next = next;
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, next - now));
    // The servers keep the process alive; this alone is no reason to.
    this.#timer.unref();
  }

  #tick(): void {
    const work = async (): Promise<void> => {
      if (this.#now() >= this.#reread) await this.#read();
      await this.#wakeAll();
    };
    this.#running = work()
      .catch((error: unknown) =>
        this.#options.log.error({ err: error }, 'snoozed messages cannot be brought back just now'),
      )
      .finally(() => {
        this.#running = undefined;
        this.#next = Number.POSITIVE_INFINITY;
        this.#sleep();
      });
  }

  async #read(): Promise<void> {
    const { state, log } = this.#options;
    // A failure is not tried again at once.
    this.#reread = this.#now() + RETRY;
    for await (const { key, value } of state.list(PREFIX)) {
      try {
        this.#add(parseSnoozed(value));
      } catch (error) {
        log.error({ key, err: error }, 'what is remembered of a snoozed message cannot be read');
      }
    }
    this.#reread = this.#now() + REREAD;
  }

  async #wakeAll(): Promise<void> {
    const now = this.#now();
    const due = [...this.#waiting.values()].filter(({ time }) => time <= now);
    due.sort((one, other) => other.time - one.time);
    const worker = async (): Promise<void> => {
      for (let item = due.pop(); item !== undefined && this.#started; item = due.pop())
        await this.#wake(item.message);
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, due.length) }, worker));
  }

  async #wake(message: SnoozedMessage): Promise<void> {
    const { account, name } = message;
    const log = this.#options.log.child({ account });
    try {
      const back = await this.#bringBack(message, log);
      if (back === undefined) {
        // Another process may be about to file it.
        if (this.#now() - message.since < UNDERWAY) return this.#again(name);
        log.info({ name }, 'a snoozed message has been moved or removed by its owner');
      } else log.info({ mailbox: back.mailbox, path: back.path }, 'a snoozed message is back');
    } catch (error) {
      log.error({ name, err: error }, 'a snoozed message cannot be brought back just now');
      return this.#again(name);
    }
    await this.forget(message);
  }

  #again(name: string): void {
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) waiting.time = this.#now() + RETRY;
  }

  /** To the mailbox it is meant for, or to the inbox when that cannot be. */
  async #bringBack(message: SnoozedMessage, log: Log): Promise<Delivered | undefined> {
    const { name, from, create, addFlags, removeFlags } = message;
    const store: AccountStore = await this.#options.open(message.account);
    const { mailbox } = await resolveTarget(message, store);
    try {
      return await store.move(name, from, mailbox, { create, addFlags, removeFlags });
    } catch (error) {
      if (
        !(error instanceof StoreError) ||
        ['io', 'read-only'].includes(error.reason) ||
        mailbox.toUpperCase() === INBOX
      )
        throw error;
      log.warn(
        { mailbox, instead: INBOX, err: error },
        'no such mailbox, a snoozed message comes to the inbox',
      );
      return store.move(name, from, INBOX, { addFlags, removeFlags });
    }
  }
}
