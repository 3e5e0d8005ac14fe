import { type Flags, type Right, SystemFlag } from '../../store/mail/types.ts';
import { BadArgument, Refusal } from './wire/errors.ts';
import { readFlags } from './wire/writer.ts';

/** Keywords of one command, and characters of one; real ones have under 30. */
const MAX_KEYWORDS = 100;
const MAX_KEYWORD = 200;

const SYSTEM = new Set(['\\seen', '\\answered', '\\flagged', '\\deleted', '\\draft']);

/** Flags as a client names them; \Recent and what else begins with a backslash is nobody's to set (RFC 9051 §2.3.2). */
export function flagsOf(names: readonly string[]): Flags {
  const unknown = names.find((name) => name.startsWith('\\') && !SYSTEM.has(name.toLowerCase()));
  if (unknown !== undefined) throw new BadArgument('There is no such system flag');
  const flags = readFlags(names);
  if (flags.keywords.length > MAX_KEYWORDS || flags.keywords.some((name) => name.length > MAX_KEYWORD))
    throw new Refusal('Too many keywords, or too long ones', 'LIMIT');
  return flags;
}

/** System flags that a user without a right may not change (RFC 4314 §4). */
export function forbiddenSystem(rights: ReadonlySet<Right>): number {
  const { seen, deleted, answered, flagged, draft } = SystemFlag;
  return (
    (rights.has('s') ? 0 : seen) |
    (rights.has('t') ? 0 : deleted) |
    (rights.has('w') ? 0 : answered | flagged | draft)
  );
}

/** Those of the flags that the user may set. */
export function allowedFlags(flags: Flags, rights: ReadonlySet<Right>): Flags {
  return {
    system: flags.system & ~forbiddenSystem(rights),
    keywords: rights.has('w') ? flags.keywords : [],
  };
}
