import type { Session } from './types.ts';

/** RFC 9585 §4 asks for one every 10 to 15 seconds at most. */
const EVERY_MS = 10_000;

/** Tells the client of a command that takes long how far it is (RFC 9585 §4). */
export class Progress {
  readonly #session: Session;
  readonly #tag: string;
  readonly #goal: number;
  #told: number;

  constructor(session: Session, tag: string, goal: number) {
    this.#session = session;
    this.#tag = tag;
    this.#goal = goal;
    this.#told = session.options.now();
  }

  /** Between two untagged responses. */
  at(done: number): void {
    const now = this.#session.options.now();
    if (now - this.#told < EVERY_MS || done >= this.#goal) return;
    this.#told = now;
    const tag = `"${this.#tag.replace(/["\\]/g, '\\$&')}"`;
    this.#session.send(`OK [INPROGRESS (${tag} ${done} ${this.#goal})] Still working`);
  }
}
