import { NEVER } from './entries.ts';
import type { TokenCounts } from './table.ts';

/** Share of the slots that may be taken after a sweep: room for some time of learning. */
const TARGET = 0.6;
/** Days of grace, tried one after another: old and rare tokens go first. */
const AGES = [365, 180, 90, 45, 21, 7, 2, 0];
/** Rarest first: a token seen once says least. */
const RARE = [1, 2, 4, 8, 32, Infinity];

/**
 * Removes the tokens that are worth least, until there is room: first those of a single message that is a year old,
 * last those of many that were learned today. False when nothing could go. Takes some half a second for a full table of
 * four million.
 */
export function makeRoom(table: TokenCounts): boolean {
  let today = 0;
  table.each((_spam, _ham, day) => {
    if (day !== NEVER && day > today) today = day;
  });
  // How many there are of each rarity (rows) and age (columns).
  const numbers = new Uint32Array(RARE.length * AGES.length);
  table.each((spam, ham, day) => {
    if (day === NEVER) return;
    const row = RARE.findIndex((most) => spam + ham <= most);
    const column = AGES.findIndex((least) => today - day >= least);
    numbers[row * AGES.length + column] = (numbers[row * AGES.length + column] ?? 0) + 1;
  });
  const excess = table.size - table.slots * TARGET;
  for (const [row, most] of RARE.entries()) {
    let removed = 0;
    for (const [column, least] of AGES.entries()) {
      for (let above = 0; above <= row; above++) removed += numbers[above * AGES.length + column] ?? 0;
      if (removed < excess) continue;
      return table.sweep((spam, ham, day) => day === NEVER || spam + ham > most || today - day < least) > 0;
    }
  }
  return false;
}
