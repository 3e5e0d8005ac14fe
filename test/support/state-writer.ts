/**
 * A process that writes to a SQLite state until it is killed: `state-writer.ts FILE NAME put|increment COUNT`.
 * Prints a line for each write that was acknowledged.
 */
import { writeSync } from 'node:fs';
import { silentLog } from '../../src/log.ts';
import { createSqliteState } from '../../src/state/sqlite.ts';

const [path = '', name = '', what = '', count = '0'] = process.argv.slice(2);
const state = createSqliteState({ path, log: silentLog, timeout: 20 });
for (let at = 0; at < Number(count); at++) {
  if (what === 'put') await state.put(`${name}/${at}`, Buffer.from(`${name} ${at}`.repeat(50)));
  else await state.increment('shared', 1);
  writeSync(1, `${at}\n`);
}
await state.close();
