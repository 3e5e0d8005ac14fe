import type { Thing } from './responses.ts';

/** What all clients together know of one mailbox. Every contradiction is an error. */
export class Ledger {
  /** Items that never change, by UID and name. */
  readonly #fixed = new Map<string, string>();
  /** UIDs that a client was told it had made: with the message's own number, when it is known. */
  readonly made = new Map<number, string | undefined>();
  /** UIDs that somebody was told are gone. */
  readonly gone = new Set<number>();
  /** UIDs that somebody marked as deleted, moved or replaced: others must not go. */
  readonly doomed = new Set<number>();
  /** UIDs of copies, which have the flags of their originals. */
  readonly #originals = new Map<number, number>();
  /** Greatest UID anybody knows of. */
  highest = 0;
  uidValidity: string | undefined;
  /** Greatest figures that SELECT and STATUS have told. */
  readonly figures = { uidNext: 0, modseq: 0 };
  /** Who was told of a message as \Recent. */
  readonly #recent = new Map<number, object>();
  readonly #oneProcess: boolean;

  /** Processes know of each other's sessions only after a while: then a message may be \Recent in two. */
  constructor(oneProcess: boolean) {
    this.#oneProcess = oneProcess;
  }

  /** An item that has one value for ever. */
  fixed(uid: number, name: string, value: Thing): void {
    const key = `${uid} ${name}`;
    const text = JSON.stringify(value);
    const known = this.#fixed.get(key);
    if (known === undefined) this.#fixed.set(key, text);
    else if (known !== text)
      throw new Error(`${name} of ${uid} was ${known.slice(0, 300)} and is ${text.slice(0, 300)}`);
  }

  saw(uid: number): void {
    this.highest = Math.max(this.highest, uid);
  }

  /** Figures that never become less; `before`: what was known when the command was sent. Others' processes lag behind. */
  figure(name: keyof Ledger['figures'], value: number, before: number): void {
    if (value < before && this.#oneProcess) throw new Error(`${name} ${value}, was ${before}`);
    this.figures[name] = Math.max(this.figures[name], value);
  }

  /** APPENDUID, COPYUID. `highest` is what was known before the command. */
  new(uids: readonly number[], highest: number, message?: string): void {
    for (const uid of uids) {
      if (uid <= highest) throw new Error(`UID ${uid} was given, and there was ${highest} already`);
      if (this.made.has(uid)) throw new Error(`UID ${uid} was given twice`);
      this.made.set(uid, message);
      this.saw(uid);
    }
  }

  copied(original: number, copy: number): void {
    this.#originals.set(copy, original);
  }

  vanished(uid: number): void {
    this.gone.add(uid);
  }

  /** RFC 3501 §2.3.2: in one session only. */
  recent(uid: number, session: object): void {
    const known = this.#recent.get(uid);
    if (known === undefined) this.#recent.set(uid, session);
    else if (known !== session && this.#oneProcess) throw new Error(`${uid} is \\Recent in two sessions`);
  }

  validity(value: string): void {
    this.uidValidity ??= value;
    if (this.uidValidity !== value) throw new Error(`UIDVALIDITY ${value}, was ${this.uidValidity}`);
  }

  /** What is there, when nothing is under way. */
  check(present: readonly number[]): void {
    const there = new Set(present);
    // One that came and went before anybody was told of it may go in silence, if somebody wanted it gone.
    const lost = [...this.made.keys()].filter((uid) => !there.has(uid) && !this.#wanted(uid));
    if (lost.length > 0) throw new Error(`lost without a word: ${lost.join(' ')}`);
    const unwanted = [...this.gone].filter((uid) => !this.#wanted(uid) && !this.#passing(uid));
    if (unwanted.length > 0) throw new Error(`gone, and nobody wanted it: ${unwanted.join(' ')}`);
    const again = present.filter((uid) => this.gone.has(uid));
    if (again.length > 0) throw new Error(`gone, and there again: ${again.join(' ')}`);
  }

  /**
   * Two stores in one process cannot tell whose a file is: that of a copy may be found by one before the other has told the
   * index of it. Then it has a UID for a moment, and afterwards the one that the client is told.
   */
  #passing(uid: number): boolean {
    if (this.#oneProcess || this.made.has(uid)) return false;
    const id = this.#fixed.get(`${uid} EMAILID`);
    return id === undefined || [...this.made.keys()].some((one) => this.#fixed.get(`${one} EMAILID`) === id);
  }

  #wanted(uid: number): boolean {
    for (let one: number | undefined = uid; one !== undefined; one = this.#originals.get(one))
      if (this.doomed.has(one)) return true;
    return false;
  }
}
