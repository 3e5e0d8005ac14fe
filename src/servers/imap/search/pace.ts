import type { Session } from '../types.ts';
import { string } from '../wire/writer.ts';

/** The event loop is given back after this. */
const STEP_MILLISECONDS = 10;
/** RFC 9585 §4: how often a client hears that its command goes on, so that no time limit of its own ends it. */
const PROGRESS_MILLISECONDS = 10_000;

/** Shares the thread with the other sessions in a long search, and tells the client how far it is. */
export class Pace {
  readonly #session: Session;
  readonly #tag: string;
  #stepEnd: number;
  #nextProgress: number;

  constructor(session: Session, tag: string) {
    this.#session = session;
    this.#tag = tag;
    const now = performance.now();
    this.#stepEnd = now + STEP_MILLISECONDS;
    this.#nextProgress = now + PROGRESS_MILLISECONDS;
  }

  /** Await it whenever it is true; throws when the client is gone. */
  get due(): boolean {
    return performance.now() >= this.#stepEnd;
  }

  /** Without a goal when nobody can tell how much there is to do. */
  async rest(done: number, goal?: number): Promise<void> {
    if (performance.now() >= this.#nextProgress) {
      const progress = goal === undefined || goal === 0 ? 'NIL NIL' : `${done} ${goal}`;
      this.#session.send(`OK [INPROGRESS (${string(this.#tag)} ${progress})] Still searching`);
      await this.#session.sendNow?.();
      this.#nextProgress = performance.now() + PROGRESS_MILLISECONDS;
    }
    await this.#session.flush();
    await new Promise(setImmediate);
    this.#stepEnd = performance.now() + STEP_MILLISECONDS;
  }
}
