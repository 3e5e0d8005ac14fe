import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { orderRequests } from './absorb.ts';
import {
  journalName,
  listGenerations,
  makeFolder,
  readRecords,
  removeFile,
  snapshotName,
  syncFolder,
  writeSnapshot,
} from './files.ts';
import { applyRequest, type Outcome } from './learn.ts';
import { loadTable, type LoadOptions } from './load.ts';
import { encodeRequest, type LearnRequest } from './record.ts';
import { listSpool } from './spool.ts';
import { makeRoom } from './sweep.ts';
import { TokenCounts } from './table.ts';
import { TOKENIZER } from './tokenize.ts';

/** Octets of journal after which a snapshot is made: reading it takes half a second at a start. */
const JOURNAL_BYTES = 16 * 1024 * 1024;
/** Requests carried out before other work has its turn: about ten milliseconds. */
const SLICE = 50;
/** Milliseconds between two looks into the spool. */
const INTERVAL = 2000;

export interface StoreOptions extends LoadOptions {
  /** Octets of journal after which a snapshot is made; for tests. */
  journalBytes?: number;
}

/**
 * Keeps the table: the one writer of its memory and its files. What {@link learn} answered survives any death of the
 * process or the machine.
 */
export class BayesStore {
  readonly #folder: string;
  readonly #options: StoreOptions;
  readonly #log: Log;
  readonly #table: TokenCounts;
  #generation: number;
  #journal: FileHandle;
  #journalBytes: number;
  /** One change after the other. */
  #work: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  /** Names in the spool when it last had to wait. */
  #waiting = '';

  private constructor(
    options: StoreOptions,
    table: TokenCounts,
    generation: number,
    journal: FileHandle,
    bytes: number,
  ) {
    this.#options = options;
    this.#folder = options.folder;
    this.#log = options.log;
    this.#table = table;
    this.#generation = generation;
    this.#journal = journal;
    this.#journalBytes = bytes;
  }

  /** Reads the files and opens the journal; rejects with errors of node:fs when the folder cannot be used. */
  static async open(options: StoreOptions): Promise<BayesStore> {
    const { folder } = options;
    await makeFolder(folder);
    const { table, generation, journalEnd } = await loadTable(options);
    const path = join(folder, journalName(generation));
    const journal = await open(path, 'a', 0o600);
    // What follows the last whole record would hide what is appended.
    await journal.truncate(journalEnd);
    await journal.sync();
    await syncFolder(folder);
    return new BayesStore(options, table, generation, journal, journalEnd);
  }

  /** To be read by workers; see {@link TokenCounts}. */
  get memory(): SharedArrayBuffer {
    return this.#table.memory;
  }

  /** Takes in what other processes put into the spool, now and from time to time. */
  start(): void {
    const look = async (): Promise<void> => {
      await this.takeSpool().catch((error: Error) =>
        this.#log.error({ error: error.message }, 'requests to learn could not be carried out'),
      );
      if (this.#timer !== undefined) this.#timer = setTimeout(() => void look(), INTERVAL).unref();
    };
    this.#timer ??= setTimeout(() => void look(), 0).unref();
  }

  /** Carries out requests, in order. Resolves when they are on the disk; rejects, and nothing is changed, when not. */
  learn(requests: readonly LearnRequest[]): Promise<Outcome[]> {
    return this.#next(() => this.#carryOut(requests));
  }

  /** Takes in the files of the spool. */
  takeSpool(): Promise<void> {
    return this.#next(async () => {
      const paths = await listSpool(this.#folder);
      if (paths.length === 0 || paths.join() === this.#waiting) return;
      const requests: LearnRequest[] = [];
      for (const path of paths) {
        const file = await readRecords(path);
        if (file.end < file.size) this.#log.warn({ path }, 'damaged request to learn left out');
        requests.push(...file.requests);
      }
      const ordered = orderRequests(this.#table, requests, this.#options.settings.minimumLearned);
      this.#waiting = ordered === undefined ? paths.join() : '';
      if (ordered === undefined) return;
      const outcomes = await this.#carryOut(ordered);
      for (const path of paths) await removeFile(path);
      this.#log.info(
        { requests: outcomes.length, known: outcomes.filter((one) => one === 'known').length },
        'learned',
      );
    });
  }

  /** Makes a snapshot, which ends the journal. */
  snapshot(): Promise<void> {
    return this.#next(() => this.#snapshot());
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#work;
    await this.#journal.close();
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined);
    return result;
  }

  async #carryOut(requests: readonly LearnRequest[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (let at = 0; at < requests.length; at += SLICE) {
      const slice = requests.slice(at, at + SLICE);
      await this.#append(Buffer.concat(slice.map(encodeRequest)));
      for (const request of slice) {
        let outcome = applyRequest(this.#table, request);
        if (outcome === 'full') {
          const before = this.#table.size;
          if (makeRoom(this.#table)) outcome = applyRequest(this.#table, request);
          this.#log.info({ before, after: this.#table.size }, 'rare tokens expired');
        }
        outcomes.push(outcome);
      }
      if (this.#journalBytes > (this.#options.journalBytes ?? JOURNAL_BYTES))
        await this.#snapshot().catch((error: Error) =>
          this.#log.error({ error: error.message }, 'no snapshot of tokens could be made'),
        );
    }
    return outcomes;
  }

  async #append(bytes: Buffer): Promise<void> {
    try {
      await this.#journal.appendFile(bytes);
      await this.#journal.datasync();
      this.#journalBytes += bytes.length;
    } catch (error) {
      // Half a record would hide all that follow.
      await this.#journal.truncate(this.#journalBytes);
      throw error;
    }
  }

  async #snapshot(): Promise<void> {
    const generation = this.#generation + 1;
    const next = await open(join(this.#folder, journalName(generation)), 'ax', 0o600);
    await syncFolder(this.#folder);
    await this.#journal.close();
    this.#journal = next;
    this.#generation = generation;
    this.#journalBytes = 0;
    await writeSnapshot(this.#folder, generation, TOKENIZER, this.#table.dump());
    const { snapshots, journals } = await listGenerations(this.#folder);
    for (const old of snapshots)
      if (old < generation) await removeFile(join(this.#folder, snapshotName(old)));
    for (const old of journals) if (old < generation) await removeFile(join(this.#folder, journalName(old)));
  }
}
