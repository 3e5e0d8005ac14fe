import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';

const THREADS = 4;
const FILES = 40;

/** Each thread opens the same new files at the same moments; a file is opened when all are there. */
const CODE = `
const { workerData, parentPort } = require('node:worker_threads');
const { DatabaseSync } = require('node:sqlite');
import(workerData.module).then(({ useWriteAheadLog }) => {
  const gate = new Int32Array(workerData.gate);
  for (let file = 0; file < workerData.files; file++) {
    Atomics.add(gate, file, 1);
    while (Atomics.load(gate, file) < workerData.threads);
    const database = new DatabaseSync(workerData.folder + '/' + file, { timeout: 5000 });
    useWriteAheadLog(database);
    database.exec('CREATE TABLE IF NOT EXISTS one (two)');
    database.close();
  }
  parentPort.postMessage('done');
});
`;

test('a new file is opened by several at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-wal-'));
  try {
    const gate = new SharedArrayBuffer(4 * FILES);
    const module = new URL('write-ahead-log.ts', import.meta.url).href;
    const workers = Array.from(
      { length: THREADS },
      () =>
        new Worker(CODE, {
          eval: true,
          workerData: { module, folder, gate, files: FILES, threads: THREADS },
        }),
    );
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve, reject) => {
            worker.once('message', resolve);
            worker.once('error', (error) => {
              for (const other of workers) void other.terminate();
              reject(error);
            });
          }),
      ),
    );
    for (let file = 0; file < FILES; file++) {
      const database = new DatabaseSync(join(folder, String(file)));
      expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
      database.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
