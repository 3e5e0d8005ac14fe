import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { openScanner } from '../../src/daemon/scanner.ts';
import type { Pool } from '../../src/filter/pool.ts';
import type { ScanRequest } from '../../src/filter/types.ts';
import { silentLog } from '../../src/log.ts';
import { HEAD, HOSTILE } from '../support/hostile-mail.ts';
import { describePeers } from '../support/peers.ts';

const MEGABYTE = 1024 * 1024;
/** Seconds a message may take; what takes longer is given up, with its worker. */
const TIME_LIMIT = 20;
/** What all of it may leave behind in the process, in bytes: two heaps and what lies outside of them. */
const MOST_MEMORY = 1200 * MEGABYTE;

function request(text: string): ScanRequest {
  const raw = new Uint8Array(new SharedArrayBuffer(text.length));
  raw.set(Buffer.from(text, 'latin1'));
  return { id: text.slice(0, 20), raw, envelope: { client: {}, sender: 'a@example.org', recipients: [] } };
}

/** The whole filter with its rules, Bayes and model aside from what was learned. */
function hostileMail(rules: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-hostile-'));
  const small = request(`${HEAD}\r\nHello\r\n`);
  let pool: Pool;

  beforeAll(async () => {
    const file = join(folder, 'tamis.yaml');
    writeFileSync(
      file,
      `{data: ${folder}, filter: {pool: {workers: 2, time_limit: ${TIME_LIMIT}}, rules: ${rules}}}\n`,
    );
    pool = openScanner({ ...loadConfig(file, {}), zone: {} }, silentLog);
    await Promise.all([pool.scan(small), pool.scan(small)]);
  }, 60_000);
  afterAll(async () => {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(Object.entries(HOSTILE))(
    '%s: a verdict in time, and others are served meanwhile',
    async (_, make) => {
      const hostile = request(make());
      let isOver = false;
      const answer = pool.scan(hostile).finally(() => {
        isOver = true;
      });
      let slowest = 0;
      do {
        const started = performance.now();
        await pool.scan(small);
        slowest = Math.max(slowest, performance.now() - started);
        // oxlint-disable-next-line eslint/no-unmodified-loop-condition -- set by the promise above
      } while (!isOver);
      const verdict = await answer;
      expect(verdict.hits.map(({ symbol }) => symbol)).not.toContain('CHECK_ERROR');
      expect(verdict.elapsed).toBeLessThan((TIME_LIMIT * 1000) / 2);
      // A message behind the hostile one waits for it at most until the worker counts as stuck.
      expect(slowest).toBeLessThan(Math.max(2000, verdict.elapsed + 1000));
    },
    60_000,
  );

  test('what is left in memory is bounded', () => {
    expect(process.memoryUsage.rss()).toBeLessThan(MOST_MEMORY);
  });
}

describe('hostile mail and our rules', () => hostileMail('{}'));

describePeers(['spamassassin'], 'hostile mail and the stock rules as well', () =>
  hostileMail('{files: [/usr/share/spamassassin]}'),
);
