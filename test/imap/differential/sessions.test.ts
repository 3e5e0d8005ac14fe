import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { describeDovecot } from './describe-dovecot.ts';
import { lockstep, steps } from './lockstep.ts';
import { difference } from './told.ts';
import { TwoServers } from './two-servers.ts';

const SCRIPTS = join(import.meta.dirname, 'sessions');
/** Scripts in which Dovecot is waited for at every step: run with the long comparisons only. */
const SLOW = new Set(['notify.txt']);
const files = readdirSync(SCRIPTS)
  .filter((file) => process.env['TAMIS_DIFFERENTIAL_CASES'] !== undefined || !SLOW.has(file))
  .sort();

describeDovecot('several sessions beside Dovecot', () => {
  const servers = new TwoServers();

  for (const file of files)
    for (const part of readFileSync(join(SCRIPTS, file), 'latin1').split(/^## /m).slice(1)) {
      const [title = '', ...lines] = part.split('\n');
      test.concurrent(`${file.replace('.txt', '')}: ${title}`, { timeout: 60_000 }, async ({ expect }) => {
        const told = await lockstep(servers, steps(lines.join('\n')));
        const recent = title.includes('\\Recent');
        expect(told.flatMap((one) => difference(one, recent) ?? []).join('\n')).toBe('');
      });
    }
});
