import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { program } from '../../../test/support/peers.ts';
import { numberedRequest } from '../../../test/support/bayes-requests.ts';
import { silentLog } from '../../log.ts';
import { countsOf, SEEN } from './entries.ts';
import { applyRequest } from './learn.ts';
import { viewTable } from './load.ts';
import { listSpool, publishParts, spoolFolder, writePart } from './spool.ts';
import { BayesStore, type StoreOptions } from './store.ts';
import { TokenCounts } from './table.ts';

const LEARNER = fileURLToPath(import.meta.resolve('../../../test/support/bayes-learner.ts'));

let folder: string;
let stores: BayesStore[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-bayes-'));
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  stores = [];
  rmSync(folder, { recursive: true });
});

const settings = { tableBytes: 1024 * 1024, minimumLearned: 2 };
const options = (more: Partial<StoreOptions> = {}): StoreOptions => ({
  folder,
  settings,
  log: silentLog,
  now: () => 1_760_000_000_000,
  ...more,
});

async function open(more?: Partial<StoreOptions>): Promise<BayesStore> {
  const store = await BayesStore.open(options(more), 3000);
  if (store === undefined) throw new Error('locked');
  stores.push(store);
  return store;
}

async function close(store: BayesStore): Promise<void> {
  stores = stores.filter((one) => one !== store);
  await store.close();
}

const requests = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => numberedRequest(from + index));

/** All of a table, comparable. */
const contents = (table: TokenCounts): string[] =>
  [...table.entries()].map(({ low, high, spam, ham }) => `${high}.${low} ${spam} ${ham}`).sort();

/** The table that so many numbered requests make. */
function expected(count: number): string[] {
  const table = TokenCounts.create(settings.tableBytes);
  for (const request of requests(0, count)) applyRequest(table, request);
  return contents(table);
}

const memory = (store: BayesStore): TokenCounts => new TokenCounts(store.memory);

describe('BayesStore', () => {
  it('has what it learned after it was opened again, from journal and snapshot', async () => {
    let store = await open();
    await store.learn(requests(0, 30));
    expect(contents(memory(store))).toEqual(expected(30));
    await close(store);
    store = await open();
    expect(contents(memory(store))).toEqual(expected(30));
    await store.snapshot();
    await store.learn(requests(30, 60));
    await close(store);
    expect(readdirSync(folder).filter((name) => name.startsWith('snapshot'))).toHaveLength(1);
    store = await open();
    expect(contents(memory(store))).toEqual(expected(60));
  });

  it('learns a message once, changes sides, and forgets as if it had never been', async () => {
    const store = await open();
    await store.learn(requests(0, 10));
    const before = contents(memory(store));
    expect(await store.learn([numberedRequest(4)])).toEqual(['known']);
    expect(contents(memory(store))).toEqual(before);
    expect(await store.learn([numberedRequest(11, 'spam')])).toEqual(['learned']);
    expect(await store.learn([numberedRequest(11, 'ham')])).toEqual(['relearned']);
    expect(countsOf(memory(store), SEEN)).toEqual({ spam: 5, ham: 6 });
    expect(await store.learn([numberedRequest(11, 'forget')])).toEqual(['forgotten']);
    expect(await store.learn([numberedRequest(11, 'forget')])).toEqual(['known']);
    const left = contents(memory(store)).filter((line) => !line.endsWith(' 0 0'));
    expect(left).toEqual(before);
  });

  it('keeps what was durable when the end of the journal is torn, and goes on after it', async () => {
    let store = await open();
    await store.learn(requests(0, 20));
    await close(store);
    const journal = join(folder, readdirSync(folder).find((name) => name.startsWith('journal')) ?? '');
    truncateSync(journal, statSync(journal).size - 3);
    store = await open();
    expect(contents(memory(store))).toEqual(expected(19));
    await store.learn(requests(19, 25));
    await close(store);
    appendFileSync(journal, Buffer.alloc(100, 0xff));
    store = await open();
    expect(contents(memory(store))).toEqual(expected(25));
  });

  it('starts from what is whole when a snapshot is damaged', async () => {
    let store = await open();
    await store.learn(requests(0, 10));
    await store.snapshot();
    await store.learn(requests(10, 12));
    await close(store);
    const snapshot = join(folder, 'snapshot.00000001');
    for (const damage of [Buffer.from('no snapshot'), Buffer.alloc(0)]) {
      writeFileSync(snapshot, damage);
      store = await open();
      expect(countsOf(memory(store), SEEN)).toEqual({ spam: 1, ham: 1 });
      await close(store);
    }
  });

  it('survives being killed at any moment with all it had acknowledged', async () => {
    let durable = 0;
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, [LEARNER, folder, String(durable)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let printed = '';
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
        if (printed.split('\n').length > 30 + round * 23) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const acknowledged = Number(printed.trim().split('\n').at(-1));
      expect(acknowledged).toBeGreaterThan(durable);
      const store = await open();
      const { spam, ham } = countsOf(memory(store), SEEN);
      durable = spam + ham;
      // One more may have been written whose acknowledgement did not come through.
      expect(durable).toBeGreaterThanOrEqual(acknowledged);
      expect(contents(memory(store))).toEqual(expected(durable));
      await close(store);
    }
  }, 60_000);

  it('gives way to the process that keeps the folder', async () => {
    const store = await open();
    expect(await BayesStore.open(options(), 0)).toBeUndefined();
    await close(store);
    const next = await BayesStore.open(options(), 0);
    expect(next).toBeDefined();
    if (next !== undefined) stores.push(next);
  });
});

describe('the spool', () => {
  it('waits for enough of both classes, then learns them mixed', async () => {
    const spam = requests(0, 20).filter(({ kind }) => kind === 'spam');
    const ham = requests(0, 20).filter(({ kind }) => kind === 'ham');
    const part = await writePart(folder, spam, 1_760_000_000_001);
    const store = await open();
    await store.takeSpool();
    expect(memory(store).size).toBe(0);
    await publishParts(folder, [part]);
    await store.takeSpool();
    expect(memory(store).size).toBe(0);
    expect((await viewTable(options())).waiting).toHaveLength(10);
    await publishParts(folder, [await writePart(folder, ham, 1_760_000_000_002)]);
    const view = await viewTable(options());
    expect(view.waiting).toHaveLength(0);
    await store.takeSpool();
    expect(countsOf(memory(store), SEEN)).toEqual({ spam: 10, ham: 10 });
    expect(contents(view.table)).toEqual(contents(memory(store)));
    expect(await listSpool(folder)).toEqual([]);
  });

  it('is taken in by itself, and what is damaged does not stop the rest', async () => {
    const store = await open();
    await store.learn(requests(0, 6));
    await publishParts(folder, [await writePart(folder, [numberedRequest(6)], 1)]);
    writeFileSync(join(spoolFolder(folder), `${'0'.repeat(15)}-1-1.learn`), 'damaged');
    store.start();
    await expect.poll(() => countsOf(memory(store), SEEN).spam, { timeout: 10_000 }).toBe(4);
    await expect.poll(() => listSpool(folder)).toEqual([]);
  });

  it('loses parts of writers that died, a day later', async () => {
    await writePart(folder, [numberedRequest(1)], 1_760_000_000_000 - 90_000_000);
    await writePart(folder, [numberedRequest(2)], 1_760_000_000_000);
    await open();
    expect(readdirSync(spoolFolder(folder))).toHaveLength(1);
  });
});

describe('what is no file', () => {
  const odd: readonly [string, (path: string) => void][] = [
    ['a folder', (path) => mkdirSync(path)],
    ['a pipe', (path) => execFileSync(program('mkfifo'), [path])],
    ['what never ends', (path) => symlinkSync('/dev/zero', path)],
  ];
  it.each(odd)(
    '%s in the place of a snapshot, a journal or a request does not keep it from starting',
    async (_, make) => {
      const first = await open();
      await first.learn(requests(0, 10));
      await first.snapshot();
      await close(first);
      make(join(folder, 'snapshot.00000007'));
      make(join(folder, 'journal.00000009'));
      mkdirSync(spoolFolder(folder), { recursive: true });
      make(join(spoolFolder(folder), '000001760000000-1-000000000.learn'));
      const seen = countsOf((await viewTable(options())).table, SEEN);
      expect(seen.spam + seen.ham).toBe(10);
      const again = await open();
      await again.takeSpool();
      await again.learn(requests(10, 12));
      await again.snapshot();
      await close(again);
      const after = countsOf((await viewTable(options())).table, SEEN);
      expect(after.spam + after.ham).toBe(12);
    },
  );

  it('a file of the last generation there is room for in a name is followed by others', async () => {
    writeFileSync(join(folder, 'snapshot.99999999'), 'x');
    const store = await open();
    await store.learn(requests(0, 10));
    await store.snapshot();
    await close(store);
    const seen = countsOf((await viewTable(options())).table, SEEN);
    expect(seen.spam + seen.ham).toBe(10);
  });
});
