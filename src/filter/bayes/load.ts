import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { orderRequests } from './absorb.ts';
import {
  journalName,
  listGenerations,
  readRecords,
  readSnapshot,
  snapshotName,
  SnapshotError,
} from './files.ts';
import { applyRequest, type Outcome } from './learn.ts';
import type { LearnRequest } from './record.ts';
import type { BayesSettings } from './settings.ts';
import { listSpool } from './spool.ts';
import { makeRoom } from './sweep.ts';
import { TokenCounts } from './table.ts';
import { TOKENIZER } from './tokenize.ts';

export interface LoadOptions {
  /** Where the files are; it need not exist. */
  folder: string;
  settings: Pick<BayesSettings, 'tableBytes' | 'minimumLearned'>;
  log: Log;
}

/** A table out of its files, and where they end. */
export interface LoadedTable {
  table: TokenCounts;
  /** Of the newest snapshot or journal; 0 when there is none. */
  generation: number;
  /** Octets of that generation's journal that hold whole records. */
  journalEnd: number;
}

/** Reads snapshot and journals. What is damaged is logged and left out; it never keeps a server from starting. */
export async function loadTable({ folder, settings, log }: LoadOptions): Promise<LoadedTable> {
  const { snapshots, journals } = await listGenerations(folder);
  let table = TokenCounts.create(settings.tableBytes);
  let base = 0;
  for (const generation of snapshots.toReversed()) {
    const path = join(folder, snapshotName(generation));
    try {
      for await (const entries of readSnapshot(path, TOKENIZER)) {
        if (!table.load(entries)) log.warn({ path }, 'table of tokens is smaller than its snapshot');
      }
      base = generation;
      break;
    } catch (error) {
      if (!(error instanceof SnapshotError)) throw error;
      log.error({ path, error: error.message }, 'snapshot of tokens left out');
      table = TokenCounts.create(settings.tableBytes);
    }
  }
  let generation = base;
  let journalEnd = 0;
  for (const number of journals) {
    if (number < base) continue;
    const path = join(folder, journalName(number));
    const journal = await readRecords(path);
    if (journal === undefined) {
      log.error({ path }, 'what stands in the place of a journal of tokens is no file: left out');
      // Nothing can be written to it either.
      generation = number + 1;
      journalEnd = 0;
      continue;
    }
    const { requests, end, size } = journal;
    if (end < size) log.warn({ path, octets: size - end }, 'end of the journal of tokens left out');
    for (const request of requests) applyWithRoom(table, request);
    generation = number;
    journalEnd = end;
  }
  return { table, generation: Math.max(generation, snapshots.at(-1) ?? 0), journalEnd };
}

/** Carries out a request, making room where there is none. */
export function applyWithRoom(table: TokenCounts, request: LearnRequest): Outcome {
  const outcome = applyRequest(table, request);
  return outcome === 'full' && makeRoom(table) ? applyRequest(table, request) : outcome;
}

/** What waits in the spool. */
export async function readSpool(folder: string): Promise<LearnRequest[]> {
  const requests: LearnRequest[] = [];
  for (const path of await listSpool(folder)) requests.push(...((await readRecords(path))?.requests ?? []));
  return requests;
}

/**
 * The table as whoever keeps it would have it now, the spool taken in: for commands that only look. `waiting` are the
 * requests that wait for more of the other class.
 */
export async function viewTable(
  options: LoadOptions,
): Promise<{ table: TokenCounts; waiting: readonly LearnRequest[] }> {
  const { table } = await loadTable(options);
  const requests = await readSpool(options.folder);
  const ordered = orderRequests(table, requests, options.settings.minimumLearned);
  for (const request of ordered ?? []) applyWithRoom(table, request);
  return { table, waiting: ordered === undefined ? requests : [] };
}
