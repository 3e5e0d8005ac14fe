import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Config } from '../config/schema.ts';
import { userHash } from '../filter/bayes/entries.ts';
import type { BayesHost } from '../filter/bayes/host.ts';
import type { LearnRequest } from '../filter/bayes/record.ts';
import { RequestMaker } from '../filter/bayes/request.ts';
import { publishParts, writePart } from '../filter/bayes/spool.ts';
import type { Log } from '../log.ts';
import type { LessonQueue, WaitingLesson } from '../store/mail/lessons.ts';
import { bayesFolder } from './bayes.ts';
import type { RecallKeeper } from './recall.ts';

export interface LearningOptions {
  readonly config: Config;
  readonly queue: LessonQueue;
  readonly bayes: BayesHost | undefined;
  readonly recall: Pick<RecallKeeper, 'learn'>;
  readonly log: Log;
}

/** Learns what users say of their mail by what they do with it. */
export interface Learning {
  start(): void;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** Messages of one account before another has its turn. */
const BATCH = 20;
/** Milliseconds between two looks whether other processes have noted something. */
const INTERVAL = 2000;
/** Milliseconds after which learning is tried again that has failed. */
const RETRY = 30_000;

/** Whether anything can learn. */
export const canBeTaught = ({ learning, filter: { bayes, fuzzy, reputation } }: Config): boolean =>
  learning.enabled && (bayes.enabled || fuzzy.enabled || reputation.enabled);

/** Undefined when nothing is to be learned here. */
export function openLearning(options: LearningOptions): Learning | undefined {
  return canBeTaught(options.config) ? new Learner(options) : undefined;
}

/**
 * Takes lessons out of the accounts' indexes and hands them to the classifier and to what remembers copies and senders.
 * A lesson is removed when it is durable there: after a crash it may be handed on again, and is known then.
 */
class Learner implements Learning {
  readonly #options: LearningOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #unwatch: (() => void) | undefined;
  /** Something was noted while it was at work. */
  #woken = false;
  #closed = false;
  /** When it may learn again, by `performance.now()`. */
  #rested = 0;
  /** The account that had its turn last. */
  #last = '';

  constructor(options: LearningOptions) {
    this.#options = options;
  }

  start(): void {
    this.#unwatch = this.#options.queue.watch(() => this.#wake());
    this.#next(0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unwatch?.();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #wake(): void {
    this.#woken = true;
    if (this.#timer !== undefined) this.#next(0);
  }

  /** Not before what was learned last has been rested from. */
  #next(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#running = this.#look();
      },
      Math.max(milliseconds, this.#rested - performance.now()),
    ).unref();
  }

  async #look(): Promise<void> {
    this.#woken = false;
    let wait = INTERVAL;
    try {
      const accounts = await this.#options.queue.accounts();
      const learned = await this.#learnOf(accounts);
      this.#rested = performance.now() + (learned * 1000) / this.#options.config.learning.rate;
      if (learned > 0 || this.#woken) wait = 0;
    } catch (err) {
      this.#rested = performance.now() + RETRY;
      this.#options.log.error({ err }, 'what users say of their mail cannot be learned now');
    }
    this.#next(wait);
  }

  /** Some of each account in turn, about as many as in a second; their number. */
  async #learnOf(accounts: readonly string[]): Promise<number> {
    const after = accounts.filter((account) => account > this.#last).sort();
    const before = accounts.filter((account) => account <= this.#last).sort();
    let learned = 0;
    for (const account of [...after, ...before]) {
      if (this.#closed || learned >= this.#options.config.learning.rate) break;
      this.#last = account;
      const lessons = await this.#options.queue.next(account, BATCH);
      if (lessons.length > 0) await this.#learn(account, lessons);
      learned += lessons.length;
    }
    return learned;
  }

  async #learn(account: string, lessons: readonly WaitingLesson[]): Promise<void> {
    const { config, queue, recall, log } = this.#options;
    const { tokens, perUser } = config.filter.bayes;
    const requests: LearnRequest[] = [];
    const counts = { spam: 0, ham: 0, gone: 0 };
    for (const lesson of lessons) {
      const { kind, by } = lesson;
      let raw: Buffer | undefined;
      try {
        raw = await lesson.octets();
      } catch (err) {
        log.warn({ account, err }, 'a message that is to be learned cannot be read');
      }
      counts[raw === undefined ? 'gone' : kind]++;
      if (raw === undefined) continue;
      // As `tamis learn` does it: what one user wants is no matter of what all others are sent.
      const user = perUser ? userHash(by) : 0n;
      const maker = new RequestMaker({ tokens, limits: config.message, user, now: Date.now });
      requests.push(maker.make(raw, kind));
      if (!perUser) await recall.learn(raw, kind);
      await nextTurn();
    }
    await this.#teach(requests);
    await queue.done(
      account,
      lessons.map(({ id }) => id),
    );
    log.info({ account, ...counts }, 'learned what a user did with his mail');
  }

  /** Durable when it resolves. With files they go where `tamis learn` puts them, to be mixed until there is enough. */
  async #teach(requests: readonly LearnRequest[]): Promise<void> {
    const { bayes, config } = this.#options;
    if (bayes === undefined || requests.length === 0) return;
    if (config.filter.bayes.backend === 'state') await bayes.learn(requests);
    else {
      const folder = bayesFolder(config);
      await publishParts(folder, [await writePart(folder, requests, Date.now())]);
    }
  }
}
