/**
 * Questions to the runtime's thread and its answers, in shared memory: workers ask without a port of their own, and one
 * that is killed in the middle leaves nothing behind but a place, which is cleared after a while.
 */
import { MAX_FEATURES } from '../limits.ts';
import { KINDS, type Features, type Judgement } from '../types.ts';

/** Messages that may wait at once; who finds no place computes the answer itself. */
const PLACES = 64;
/** Milliseconds after which a place whose owner was killed is free again: longer than any scan may take. */
const ABANDONED_AFTER = 900_000;
/** Milliseconds an answer is waited for; it takes less than one. */
const ANSWER_TIME = 2000;

/** What a place is. */
const FREE = 0;
const WRITING = 1;
const ASKED = 2;
const TAKEN = 3;
const ANSWERED = 4;
const GIVEN_UP = 5;

/** Words at the start: whether the runtime is ready, and a counter that rises with each question. */
const READY = 0;
const BELL = 1;
const HEAD = 2;
/** Words of a place: state, ends, probability and sums as float bits, hashes. */
const STATE = 0;
const ENDS = 1;
const ANSWER = ENDS + KINDS.length;
const HASHES = ANSWER + 1 + KINDS.length;
const PLACE = HASHES + MAX_FEATURES;

/** Memory of a mailbox, nothing in it. */
export const createMailbox = (): SharedArrayBuffer => new SharedArrayBuffer((HEAD + PLACES * PLACE) * 4);

/** The side that asks. */
export class MailboxClient {
  private readonly words: Int32Array;
  private readonly floats: Float32Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.floats = new Float32Array(memory);
  }

  /** Undefined when the runtime is not there, has no place left, or does not answer in time. */
  async ask({ hashes, ends }: Features): Promise<Judgement | undefined> {
    const { words } = this;
    if (Atomics.load(words, READY) === 0 || hashes.length > MAX_FEATURES) return undefined;
    const place = this.claim();
    if (place === undefined) return undefined;
    for (const [kind, end] of ends.entries()) words[place + ENDS + kind] = end;
    words.set(hashes, place + HASHES);
    Atomics.store(words, place + STATE, ASKED);
    Atomics.add(words, BELL, 1);
    Atomics.notify(words, BELL);

    // Waiting for shared memory alone does not keep a thread alive.
    const alive = setTimeout(() => undefined, ANSWER_TIME);
    try {
      return await this.answerOf(place);
    } finally {
      clearTimeout(alive);
    }
  }

  private async answerOf(place: number): Promise<Judgement | undefined> {
    const { words } = this;
    const before = performance.now();
    for (;;) {
      const state = Atomics.load(words, place + STATE);
      if (state === ANSWERED) return this.collect(place);
      const left = ANSWER_TIME - (performance.now() - before);
      if (left <= 0) {
        this.giveUp(place);
        return undefined;
      }
      await Atomics.waitAsync(words, place + STATE, state, left).value;
    }
  }

  private claim(): number | undefined {
    for (let index = 0; index < PLACES; index++) {
      const place = HEAD + index * PLACE;
      if (Atomics.compareExchange(this.words, place + STATE, FREE, WRITING) === FREE) return place;
    }
    return undefined;
  }

  private collect(place: number): Judgement {
    const probability = this.floats[place + ANSWER] ?? NaN;
    const kinds = Array.from(this.floats.subarray(place + ANSWER + 1, place + ANSWER + 1 + KINDS.length));
    Atomics.store(this.words, place + STATE, FREE);
    return { probability, kinds };
  }

  /** The runtime clears a place it is working on itself. */
  private giveUp(place: number): void {
    const state = place + STATE;
    if (Atomics.compareExchange(this.words, state, ASKED, FREE) === ASKED) return;
    if (Atomics.compareExchange(this.words, state, TAKEN, GIVEN_UP) === TAKEN) return;
    Atomics.store(this.words, state, FREE);
  }
}

/** A question the runtime has taken. */
export interface Question {
  readonly place: number;
  readonly features: Features;
}

/** The side that answers; there is one. */
export class MailboxServer {
  private readonly words: Int32Array;
  private readonly floats: Float32Array;
  /** Millisecond since which a place was always found waiting for its owner; 0: it was not. */
  private readonly idleSince = new Float64Array(PLACES);

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.floats = new Float32Array(memory);
  }

  set ready(ready: boolean) {
    Atomics.store(this.words, READY, Number(ready));
  }

  /** Number to give to {@link wait}, taken before looking for questions: none that come meanwhile are missed. */
  get bell(): number {
    return Atomics.load(this.words, BELL);
  }

  /** Until a question came after `bell` was read, or {@link wake}. */
  async wait(bell: number): Promise<void> {
    await Atomics.waitAsync(this.words, BELL, bell).value;
  }

  wake(): void {
    Atomics.add(this.words, BELL, 1);
    Atomics.notify(this.words, BELL);
  }

  /** Takes questions, at most so many. */
  take(most: number): Question[] {
    const questions: Question[] = [];
    for (let index = 0; index < PLACES && questions.length < most; index++) {
      const place = HEAD + index * PLACE;
      const state = Atomics.load(this.words, place + STATE);
      if (state === WRITING || state === ANSWERED) this.clearAbandoned(index, state);
      else this.idleSince[index] = 0;
      if (state !== ASKED) continue;
      if (Atomics.compareExchange(this.words, place + STATE, ASKED, TAKEN) !== ASKED) continue;
      const ends = KINDS.map((_, kind) => this.words[place + ENDS + kind] ?? 0);
      questions.push({
        place,
        features: { hashes: this.words.slice(place + HASHES, place + HASHES + (ends.at(-1) ?? 0)), ends },
      });
    }
    return questions;
  }

  /** Frees a place whose owner was killed with it in hand. */
  private clearAbandoned(index: number, state: number): void {
    const now = performance.now();
    const since = this.idleSince[index] ?? 0;
    if (since === 0) this.idleSince[index] = now;
    else if (now - since > ABANDONED_AFTER)
      Atomics.compareExchange(this.words, HEAD + index * PLACE + STATE, state, FREE);
  }

  answer({ place }: Question, { probability, kinds }: Judgement): void {
    this.floats[place + ANSWER] = probability;
    for (const [kind, sum] of kinds.entries()) this.floats[place + ANSWER + 1 + kind] = sum;
    if (Atomics.compareExchange(this.words, place + STATE, TAKEN, ANSWERED) !== TAKEN)
      Atomics.store(this.words, place + STATE, FREE);
    Atomics.notify(this.words, place + STATE);
  }
}
