/**
 * Bounds the memory that messages take while they come in and are judged, over all connections of all servers: a limit
 * for each of them alone adds up to more than a machine has.
 */
export class MemoryBudget {
  readonly #bytes: number;
  #used = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Bytes in use. */
  get used(): number {
    return this.#used;
  }

  /** The share of one message, nothing at first. */
  share(): MemoryShare {
    let mine = 0;
    return {
      grow: (bytes) => {
        const more = bytes - mine;
        if (more > 0 && this.#used + more > this.#bytes) return false;
        if (more > 0) {
          this.#used += more;
          mine = bytes;
        }
        return true;
      },
      release: () => {
        this.#used -= mine;
        mine = 0;
      },
    };
  }
}

export interface MemoryShare {
  /** Makes the share that large; false, and nothing has changed, when the budget does not have it. */
  grow(bytes: number): boolean;
  /** Gives everything back; callable again. */
  release(): void;
}

/** For what is not bounded together with others (tests, a library's user). */
export const unbounded: MemoryBudget = new MemoryBudget(Infinity);
