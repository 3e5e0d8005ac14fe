import { orderRequests } from './absorb.ts';
import { type ClassCounts, countsOf, SEEN } from './entries.ts';
import { readRecords } from './files.ts';
import type { Outcome } from './learn.ts';
import { applyWithRoom, type LoadOptions, viewTable } from './load.ts';
import type { LearnRequest } from './record.ts';
import { publishParts, writePart } from './spool.ts';
import { BayesStore } from './store.ts';

/** Tokens of the requests in one file of the spool: some megabytes. */
const PART_TOKENS = 500_000;
/** Tokens taught at once: 300 MB. More are taken in in several steps. */
const STEP_TOKENS = 40_000_000;

/** What became of what was taught. */
export interface Taught {
  outcomes: Record<Outcome, number>;
  /** Requests that wait for more of the other class, of this and earlier commands. */
  waiting: number;
  /** Messages that must still come before learning begins. */
  missing: ClassCounts;
}

export interface TeacherOptions extends LoadOptions {
  /** Milliseconds since the epoch. */
  now: () => number;
}

/**
 * Teaches from outside of the daemon: requests go into the spool, from which the daemon takes them; when there is none,
 * they are taken in here. To say what becomes of them they are carried out on a copy of the table as well.
 */
export class Teacher {
  readonly #options: TeacherOptions;
  #batch: LearnRequest[] = [];
  #batchTokens = 0;
  #parts: string[] = [];
  #stepTokens = 0;
  #taught: Taught = {
    outcomes: { learned: 0, relearned: 0, forgotten: 0, known: 0, full: 0 },
    waiting: 0,
    missing: { spam: 0, ham: 0 },
  };

  constructor(options: TeacherOptions) {
    this.#options = options;
  }

  /** Durable, and taken in, when {@link end} has resolved. Rejects with errors of node:fs. */
  async teach(request: LearnRequest): Promise<void> {
    this.#batch.push(request);
    this.#batchTokens += request.tokens.length;
    this.#stepTokens += request.tokens.length;
    if (this.#batchTokens >= PART_TOKENS) await this.#writePart();
    if (this.#stepTokens >= STEP_TOKENS) await this.#step();
  }

  async end(): Promise<Taught> {
    await this.#writePart();
    await this.#step();
    return this.#taught;
  }

  async #writePart(): Promise<void> {
    if (this.#batch.length > 0)
      this.#parts.push(await writePart(this.#options.folder, this.#batch, this.#options.now()));
    this.#batch = [];
    this.#batchTokens = 0;
  }

  async #step(): Promise<void> {
    const { folder, settings } = this.#options;
    const { minimumLearned } = settings;
    // Before the parts are published: from then on the daemon may take them.
    const { table, waiting } = await viewTable(this.#options);
    const requests = [...waiting];
    for (const path of this.#parts) requests.push(...((await readRecords(path))?.requests ?? []));
    const ordered = orderRequests(table, requests, minimumLearned);
    for (const request of ordered ?? []) this.#taught.outcomes[applyWithRoom(table, request)]++;
    await publishParts(folder, this.#parts);
    this.#parts = [];
    this.#stepTokens = 0;

    const seen = countsOf(table, SEEN);
    const left = ordered === undefined ? requests : [];
    const lacking = (kind: 'spam' | 'ham'): number => {
      const coming = left.filter((request) => request.user === 0n && request.kind === kind).length;
      return Math.max(0, minimumLearned - seen[kind] - coming);
    };
    this.#taught.waiting = left.length;
    this.#taught.missing = { spam: lacking('spam'), ham: lacking('ham') };

    const store = await BayesStore.open(this.#options, 0);
    try {
      await store?.takeSpool();
    } finally {
      await store?.close();
    }
  }
}
