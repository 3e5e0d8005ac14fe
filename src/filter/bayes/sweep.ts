import { NEVER } from './entries.ts';
import type { TokenCounts } from './table.ts';

/** Share of the slots that may be taken after a sweep: room for some time of learning. */
const TARGET = 0.6;
/** Days of grace, tried one after another: old and rare tokens go first. */
const AGES = [365, 180, 90, 45, 21, 7, 2, 0];
/** Rarest first: a token seen once says least. */
const RARE = [1, 2, 4, 8, 32, 0xff_ffff];

/**
 * Removes the tokens that are worth least, until there is room: first those of a single message that is a year old,
 * last those of many that were learned today. False when nothing could go.
 */
export function makeRoom(table: TokenCounts): boolean {
  const before = table.size;
  let today = 0;
  for (const { day } of table.entries()) if (day !== NEVER && day > today) today = day;
  const goal = table.slots * TARGET;
  for (const count of RARE) {
    for (const age of AGES) {
      const left = remaining(table, today, count, age);
      if (left > goal) continue;
      table.sweep((spam, ham, day) => day === NEVER || spam + ham > count || today - day < age);
      return table.size < before;
    }
  }
  return false;
}

function remaining(table: TokenCounts, today: number, count: number, age: number): number {
  let left = 0;
  for (const { spam, ham, day } of table.entries())
    if (day === NEVER || spam + ham > count || today - day < age) left++;
  return left;
}
