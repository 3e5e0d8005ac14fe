import { readFileSync } from 'node:fs';
import { corpusMessages } from '../../test/support/shared.ts';

/** Ham of public mailing lists: what a mail server sees most of. `TAMIS_BENCH_MESSAGES` takes fewer. */
const SOURCES = ['list-vger', 'list-blinux', 'list-openbmc'];

/** The messages every scan bench runs over, on memory that crosses threads without a copy; in the index's order. */
export function benchMessages(): Uint8Array[] {
  const limit = Number(process.env['TAMIS_BENCH_MESSAGES'] ?? Infinity);
  return corpusMessages(...SOURCES)
    .filter(({ label }) => label === 'ham')
    .slice(0, limit)
    .map(({ path }) => {
      const file = readFileSync(path);
      const raw = new Uint8Array(new SharedArrayBuffer(file.length));
      raw.set(file);
      return raw;
    });
}

export const meanBytes = (messages: readonly Uint8Array[]): number =>
  messages.reduce((sum, { length }) => sum + length, 0) / messages.length;

/** Calls `work` for each message, `width` at a time. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) await work(items[index] as T, index);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
