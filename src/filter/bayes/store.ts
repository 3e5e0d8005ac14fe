import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { hasBegun, orderRequests } from './absorb.ts';
import {
  journalName,
  listGenerations,
  makeFolder,
  readRecords,
  readSnapshot,
  removeFile,
  snapshotName,
  syncFolder,
  writeSnapshot,
} from './files.ts';
import type { BayesHost } from './host.ts';
import type { Outcome } from './learn.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import { applyWithRoom, loadTable, type LoadOptions } from './load.ts';
import { encodeRequest, type LearnRequest } from './record.ts';
import { listSpool, removeOldParts } from './spool.ts';
import type { TokenCounts } from './table.ts';
import { TOKENIZER } from './tokenize.ts';

/** Octets of journal after which a snapshot is made: reading it takes half a second at a start. */
const JOURNAL_BYTES = 16 * 1024 * 1024;
/** Requests carried out before other work has its turn: about ten milliseconds. */
const SLICE = 50;
/** Milliseconds between two looks into the spool. */
const INTERVAL = 2000;

/** Milliseconds after which a part nobody published counts as left behind. */
const PART_AGE = 86_400_000;

export interface StoreOptions extends LoadOptions {
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Octets of journal after which a snapshot is made; for tests. */
  journalBytes?: number;
}

/**
 * Keeps the table: the one writer of its memory and its files. What {@link learn} answered survives any death of the
 * process or the machine.
 */
export class BayesStore implements BayesHost {
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

  readonly #lock: FolderLock;

  private constructor(
    options: StoreOptions,
    lock: FolderLock,
    table: TokenCounts,
    journal: { generation: number; file: FileHandle; bytes: number },
  ) {
    this.#options = options;
    this.#folder = options.folder;
    this.#log = options.log;
    this.#lock = lock;
    this.#table = table;
    this.#generation = journal.generation;
    this.#journal = journal.file;
    this.#journalBytes = journal.bytes;
  }

  /**
   * Reads the files and opens the journal. Undefined when another process keeps the folder and goes on doing so for
   * `patience` milliseconds; rejects with errors of node:fs when the folder cannot be used.
   */
  static async open(options: StoreOptions, patience: number): Promise<BayesStore | undefined> {
    const { folder } = options;
    await makeFolder(folder);
    const lock = await lockFolder(folder, patience);
    if (lock === undefined) return undefined;
    try {
      const { table, generation, journalEnd } = await loadTable(options);
      const file = await open(join(folder, journalName(generation)), 'a', 0o600);
      // What follows the last whole record would hide what is appended.
      await file.truncate(journalEnd);
      await file.sync();
      await syncFolder(folder);
      await removeOldParts(folder, options.now() - PART_AGE);
      return new BayesStore(options, lock, table, { generation, file, bytes: journalEnd });
    } catch (error) {
      await lock.release();
      throw error;
    }
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
      const { minimumLearned } = this.#options.settings;
      if (hasBegun(this.#table, minimumLearned)) {
        for (const path of paths) await this.#take([path], await this.#read(path));
        return;
      }
      const requests: LearnRequest[] = [];
      for (const path of paths) requests.push(...(await this.#read(path)));
      const ordered = orderRequests(this.#table, requests, minimumLearned);
      this.#waiting = ordered === undefined ? paths.join() : '';
      if (ordered !== undefined) await this.#take(paths, ordered);
    });
  }

  async #read(path: string): Promise<LearnRequest[]> {
    const { requests, end, size } = (await readRecords(path)) ?? { requests: [], end: 0, size: 0 };
    if (end < size) this.#log.warn({ path, octets: size - end }, 'damaged request to learn left out');
    return requests;
  }

  /** Carries out the requests of files, which are then done with. */
  async #take(paths: readonly string[], requests: readonly LearnRequest[]): Promise<void> {
    const outcomes = await this.#carryOut(requests);
    for (const path of paths) await removeFile(path);
    const known = outcomes.filter((outcome) => outcome === 'known').length;
    this.#log.info({ requests: outcomes.length, known }, 'learned');
  }

  /** Makes a snapshot, which ends the journal. */
  snapshot(): Promise<void> {
    return this.#next(() => this.#snapshot());
  }

  /**
   * Puts the counts of an exported table in the place of all that was learned. Rejects with a `SnapshotError`, and
   * nothing has changed, when the file is none. False when not all found room.
   */
  importFrom(path: string): Promise<boolean> {
    return this.#next(async () => {
      const chunks: Uint32Array[] = [];
      for await (const entries of readSnapshot(path, TOKENIZER)) chunks.push(entries);
      this.#table.sweep(() => false);
      let all = true;
      for (const entries of chunks) all = this.#table.load(entries) && all;
      await this.#snapshot();
      return all;
    });
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#work;
    await this.#journal.close();
    await this.#lock.release();
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
      const before = this.#table.size;
      for (const request of slice) outcomes.push(applyWithRoom(this.#table, request));
      if (this.#table.size < before)
        this.#log.info({ before, after: this.#table.size }, 'rare tokens expired');
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
    await writeSnapshot(join(this.#folder, snapshotName(generation)), TOKENIZER, this.#table.dump());
    const { snapshots, journals } = await listGenerations(this.#folder);
    for (const old of snapshots) if (old < generation) await this.#removeOld(snapshotName(old));
    for (const old of journals) if (old < generation) await this.#removeOld(journalName(old));
  }

  async #removeOld(name: string): Promise<void> {
    await removeFile(join(this.#folder, name)).catch((error: Error) =>
      this.#log.warn({ name, error: error.message }, 'old tokens could not be removed'),
    );
  }
}
