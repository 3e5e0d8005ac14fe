import { describe, expect, test } from 'vitest';
import { defaultAuthenticationSettings } from '../authentication/settings.ts';
import { silentLog } from '../log.ts';
import { defaultMessageLimits } from '../message/limits.ts';
import { defaultDnsSettings } from '../net/settings.ts';
import { HEAD, HOSTILE } from '../../test/support/hostile-mail.ts';
import { createPool } from './pool.ts';
import { defaultFilterSettings } from './settings.ts';
import type { ScanRequest } from './types.ts';

function request(text: string): ScanRequest {
  const raw = new Uint8Array(new SharedArrayBuffer(text.length));
  raw.set(Buffer.from(text, 'latin1'));
  return { id: text.slice(0, 20), raw, envelope: { client: {}, sender: 'a@example.org', recipients: [] } };
}

describe('hostile messages', () => {
  test.each(Object.entries(HOSTILE))(
    '%s: a verdict in time, and others are served meanwhile',
    async (_, make) => {
      const timeLimit = 20_000;
      const filter = {
        ...defaultFilterSettings,
        pool: { ...defaultFilterSettings.pool, workers: 2, timeLimit, memoryLimit: 256 },
      };
      const scanner = createPool({
        filter,
        authentication: defaultAuthenticationSettings,
        dns: { ...defaultDnsSettings, zone: {} },
        message: defaultMessageLimits,
        log: silentLog,
      });
      const hostile = request(make());
      const small = request(`${HEAD}\r\nHello\r\n`);
      await scanner.scan(small);
      let isOver = false;
      const answer = scanner.scan(hostile).finally(() => {
        isOver = true;
      });
      let slowest = 0;
      do {
        const started = performance.now();
        await scanner.scan(small);
        slowest = Math.max(slowest, performance.now() - started);
        // oxlint-disable-next-line eslint/no-unmodified-loop-condition -- set by the promise above
      } while (!isOver);
      const verdict = await answer;
      expect(verdict.elapsed).toBeLessThan(timeLimit / 2);
      // A message behind the hostile one waits for it at most until the worker counts as stuck.
      expect(slowest).toBeLessThan(Math.max(2000, verdict.elapsed + 1000));
      await scanner.close();
    },
  );
});
