import type { Pool } from '../pool.ts';
import type { Verdict } from '../types.ts';
import type { ClamdClient } from './client.ts';

/** A pool whose messages are shown to clamd before a worker scans them; the worker is told what it said. */
export function withClamd(pool: Pool, clamd: Pick<ClamdClient, 'scan'>): Pool {
  const asking = new Set<Promise<Verdict>>();
  return {
    scan(request) {
      const verdict = clamd
        .scan(request.raw)
        .then((finding) => pool.scan({ ...request, clamd: finding }))
        .finally(() => asking.delete(verdict));
      asking.add(verdict);
      return verdict;
    },
    sign: (task) => pool.sign(task),
    statistics: () => pool.statistics(),
    async close() {
      // The pool knows nothing of messages that are still at clamd.
      while (asking.size > 0) await Promise.allSettled(asking);
      await pool.close();
    },
  };
}
