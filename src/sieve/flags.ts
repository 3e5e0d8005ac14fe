/** IMAP flags that scripts set (RFC 5232), and the internal variable that holds them. */
import { Slot } from './slot.ts';
import type { RunState } from './state.ts';

/** Mail stores have 26 keywords (Maildir) to some hundred: more flags on one message are a mistake. */
const MAX_FLAGS = 128;

/** Those a script may set (RFC 5232 §2); `\Recent` is the server's own. */
const SYSTEM_FLAGS = ['\\answered', '\\flagged', '\\deleted', '\\seen', '\\draft'];
/** RFC 9051 §9: `flag-keyword = "$MDNSent" / … / atom`. */
const KEYWORD = /^[^\x00-\x20\x7f-\uffff(){%*"\\\]]{1,100}$/;

/** Whether a message can have that flag. */
export function isFlag(flag: string): boolean {
  return SYSTEM_FLAGS.includes(flag.toLowerCase()) || KEYWORD.test(flag);
}

/** The words of lists of flags, which are strings with spaces between (RFC 5232 §2). */
export function splitFlags(lists: readonly string[]): string[] {
  const flags = lists.flatMap((list) => (/[ \t\r\n]/.test(list) ? list.split(/[ \t\r\n]+/) : list));
  return flags.filter((flag) => flag !== '');
}

/**
 * The flags of lists, each once, however its letters are written; what is no flag is left out (RFC 5232 §2). Fails the
 * run when there are too many.
 */
export function parseFlags(state: RunState, lists: readonly string[]): string[] {
  const words = splitFlags(lists);
  state.spend(1 + (words.length >> 4));
  const flags = new Map<string, string>();
  for (const word of words) {
    const key = word.toLowerCase();
    if (flags.has(key) || !isFlag(word)) continue;
    if (flags.size >= MAX_FLAGS) state.fail(`too many flags (at most ${MAX_FLAGS})`);
    flags.set(key, word);
  }
  return [...flags.values()];
}

/** `flags` without those of `removed`, however their letters are written. */
export function withoutFlags(flags: readonly string[], removed: readonly string[]): string[] {
  const keys = new Set(removed.map((flag) => flag.toLowerCase()));
  return flags.filter((flag) => !keys.has(flag.toLowerCase()));
}

/** Undefined until the script sets it. The next script on the same message begins with it. */
const internal = new Slot(
  (): { flags: readonly string[] | undefined } => ({ flags: undefined }),
  ({ flags }) => ({ flags }),
);

/** What the internal variable says; undefined when nothing has been said of flags. */
export function flagsSet(state: RunState): readonly string[] | undefined {
  // A message that lies in a mailbox already has flags.
  return state.slots.get(internal).flags ?? state.input.imap?.flags;
}

/** With undefined, nothing has been said of flags. */
export function setFlags(state: RunState, flags: readonly string[] | undefined): void {
  state.slots.get(internal).flags = flags;
}

/** Gives an action that files the message the flags of the internal variable, unless `:flags` gave it some (RFC 5232 §5). */
export function completeFlags(state: RunState, action: { flags?: string[] }): void {
  if (action.flags !== undefined) return;
  const flags = flagsSet(state);
  if (flags !== undefined) action.flags = [...flags];
}

/** The later of two actions that file into the same mailbox decides on the flags. */
export function laterFlags<T extends { flags?: string[] }>(first: T, later: T): T {
  return later.flags === undefined ? first : { ...first, flags: later.flags };
}
