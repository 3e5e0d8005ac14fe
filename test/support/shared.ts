import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe } from 'vitest';

/** The folder of reference data (TAMIS_SHARED, default `../shared` beside the project). */
const SHARED = resolve(process.env['TAMIS_SHARED'] ?? join(import.meta.dirname, '../../../shared'));

/** A file or folder of the reference data, or undefined where it is absent. */
export function sharedPath(path: string): string | undefined {
  const full = join(SHARED, path);
  return existsSync(full) ? full : undefined;
}

/** A `describe` that reads reference data; skipped by name, with the reason, when the data is not there. */
export function describeShared(path: string, name: string, body: (path: string) => void): void {
  const full = sharedPath(path);
  if (full !== undefined) describe(name, () => body(full));
  else
    describe.skip(`${name} (skipped: ${path} not found; set TAMIS_SHARED)`, () => body(join(SHARED, path)));
}

/** A message of the corpora: where it lies once unpacked and what its index says. */
export interface CorpusMessage {
  path: string;
  label: string;
  source: string;
  bytes: number;
}

/**
 * Unpacks one corpus (`spamassassin`, `list-vger`, `torture`, …) into a cache folder, once, and returns the folder.
 * Needs `zstd`.
 */
export function unpackCorpus(name: string): string {
  const archive = sharedPath(`corpora/${name}.tar.zst`);
  if (archive === undefined) throw new Error(`corpora/${name}.tar.zst not found; set TAMIS_SHARED`);
  const cache = join(tmpdir(), 'tamis-corpora');
  const target = join(cache, name);
  if (existsSync(target)) return target;
  const partial = `${target}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  execFileSync('sh', ['-c', 'zstd -dc --long=27 "$1" | tar x -C "$2"', 'sh', archive, partial]);
  try {
    renameSync(partial, target);
  } catch {
    // Another test file unpacked it first.
    rmSync(partial, { recursive: true, force: true });
  }
  return target;
}

/** The rows of the corpora's index for the given sources (all when none is named), unpacked. */
export function corpusMessages(...sources: string[]): CorpusMessage[] {
  const index = sharedPath('corpora/index.tsv');
  if (index === undefined) throw new Error('corpora/index.tsv not found; set TAMIS_SHARED');
  const [head, ...rows] = readFileSync(index, 'utf8').trimEnd().split('\n');
  const columns = (head ?? '').split('\t');
  const at = (row: string[], column: string): string => row[columns.indexOf(column)] ?? '';
  return rows
    .map((row) => row.split('\t'))
    .filter((row) => sources.length === 0 || sources.includes(at(row, 'source')))
    .map((row) => ({
      path: join(unpackCorpus(at(row, 'source')), at(row, 'path')),
      label: at(row, 'label'),
      source: at(row, 'source'),
      bytes: Number(at(row, 'bytes')),
    }));
}
