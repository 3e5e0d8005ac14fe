import { isKeyword } from './keywords.ts';
import { type Flags, type MessageFacts, SystemFlag } from './types.ts';

/** In the order in which they are written. */
const SYSTEM: readonly (readonly [name: string, bit: number])[] = [
  ['\\Answered', SystemFlag.answered],
  ['\\Flagged', SystemFlag.flagged],
  ['\\Deleted', SystemFlag.deleted],
  ['\\Seen', SystemFlag.seen],
  ['\\Draft', SystemFlag.draft],
];
const BITS = new Map(SYSTEM.map(([name, bit]) => [name.toLowerCase(), bit]));

/** Flags as a script writes them (RFC 5232 §2); what can be none is left out. */
export function flagsFrom(names: readonly string[]): Flags {
  let system = 0;
  const keywords = new Map<string, string>();
  for (const name of names) {
    const bit = BITS.get(name.toLowerCase());
    if (bit !== undefined) system |= bit;
    else if (isKeyword(name)) keywords.set(name.toLowerCase(), name);
  }
  return { system, keywords: [...keywords.values()] };
}

/** The flags of a message by their names. */
export const flagNames = ({ system, keywords }: Pick<MessageFacts, 'system' | 'keywords'>): string[] => [
  ...SYSTEM.filter(([, bit]) => (system & bit) !== 0).map(([name]) => name),
  ...(keywords === '' ? [] : keywords.split(' ')),
];
