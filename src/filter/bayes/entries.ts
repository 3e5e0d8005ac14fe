/**
 * What else than tokens stands in the table: messages that were learned, and totals. They are entries like tokens, so
 * that one journal and one table hold all there is to know.
 */
import { hashText } from './hash.ts';
import type { TokenCounts } from './table.ts';

/** A day that never comes: entries that no sweep removes. */
export const NEVER = 0xffff;

/** Numbers of messages of either class. */
export interface ClassCounts {
  spam: number;
  ham: number;
}

/** 64 bits as two words. */
export const split = (hash: bigint): [number, number] => [
  Number(hash & 0xffff_ffffn),
  Number((hash >> 32n) & 0xffff_ffffn),
];

export const join = (low: number, high: number): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

const keyOf = (text: string): bigint => join(...hashText(text));

/** Hash of a user by his address, any case; 0n stands for everybody. A user's entries are everybody's XOR this. */
export const userHash = (address: string): bigint => keyOf(`\u0003${address.trim().toLowerCase()}`) || 1n;

/** Messages whose tokens were counted: what counts are shares of. */
export const COUNTED = keyOf('\u0002counted');
/** Messages that were learned, whether or not that changed the counts. */
export const SEEN = keyOf('\u0002seen');
const MESSAGE = keyOf('\u0002message');

export const messageKey = (user: bigint, message: bigint): bigint => message ^ user ^ MESSAGE;

export function countsOf(table: TokenCounts, key: bigint): ClassCounts {
  const entry = table.find(...split(key));
  return entry < 0 ? { spam: 0, ham: 0 } : { spam: table.spam(entry), ham: table.ham(entry) };
}

/** What is known of a message: as what it was learned, and whether its tokens were counted. */
export interface Known {
  as: 'spam' | 'ham';
  counted: boolean;
}

const IS_COUNTED = 1;
const IS_SEEN = 2;

export function knownOf(counts: ClassCounts): Known | undefined {
  if (counts.spam > 0) return { as: 'spam', counted: counts.spam === IS_COUNTED };
  return counts.ham > 0 ? { as: 'ham', counted: counts.ham === IS_COUNTED } : undefined;
}

/** The counts of the message's entry that say so. */
export function countsOfKnown(known: Known | undefined): ClassCounts {
  const mark = known?.counted === true ? IS_COUNTED : IS_SEEN;
  return { spam: known?.as === 'spam' ? mark : 0, ham: known?.as === 'ham' ? mark : 0 };
}
