/** What was learned, out of the state that nodes share and into it: in the form in which files hold it. */
import type { TokenRow, TokenTable } from '../../state/types.ts';
import { COUNTED, join, NEVER, SEEN, split } from './entries.ts';
import { TokenCounts } from './table.ts';

/** Tokens in one call of the state. */
const MOST_TOKENS = 16_384;
/** Columns of a token: spam and ham. */
const COLUMNS = 2;
/** Octets of a table for so many entries, with room to spare. */
const bytesFor = (entries: number): number => entries * 16 * 4;

/** All entries of the state, as {@link TokenCounts.dump} gives them. Rejects with a `StateError`. */
export async function dumpTokens(tokens: TokenTable): Promise<Uint32Array<ArrayBuffer>> {
  const rows: TokenRow[] = [];
  for await (const page of tokens.list(COLUMNS)) rows.push(...page);
  const table = TokenCounts.create(bytesFor(rows.length));
  for (const { token, counts, day = NEVER } of rows) {
    const [spam = 0, ham = 0] = counts;
    if (spam > 0 || ham > 0) table.set(...split(token), spam, ham, day);
  }
  return table.dump();
}

export async function holdsTokens(tokens: TokenTable): Promise<boolean> {
  for await (const page of tokens.list(COLUMNS)) if (page.length > 0) return true;
  return false;
}

/**
 * Puts entries in the place of all that the state holds; how many there are. The totals come last: what is cut off in
 * between is not judged by. Rejects with a `StateError`.
 */
export async function loadTokens(tokens: TokenTable, chunks: readonly Uint32Array[]): Promise<number> {
  const table = TokenCounts.create(bytesFor(chunks.reduce((sum, { length }) => sum + length / 4, 0)));
  for (const entries of chunks) table.load(entries);
  await tokens.clear();
  // The state adds the same to many tokens in one step, and most have small counts.
  const alike = new Map<string, { counts: [number, number]; day: number; tokens: bigint[] }>();
  const totals: TokenRow[] = [];
  for (const { low, high, spam, ham, day } of table.entries()) {
    const token = join(low, high);
    if (token === SEEN || token === COUNTED) {
      totals.push({ token, counts: [spam, ham] });
      continue;
    }
    const key = `${spam} ${ham} ${day}`;
    const group = alike.get(key) ?? { counts: [spam, ham], day, tokens: [] };
    if (group.tokens.length === 0) alike.set(key, group);
    group.tokens.push(token);
  }
  for (const { counts, day, tokens: own } of alike.values())
    for (let at = 0; at < own.length; at += MOST_TOKENS)
      await tokens.add(
        new BigUint64Array(own.slice(at, at + MOST_TOKENS)),
        counts,
        day === NEVER ? undefined : day,
      );
  for (const { token, counts } of totals) await tokens.add(new BigUint64Array([token]), counts);
  return table.size;
}
