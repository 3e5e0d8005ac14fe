import type { Log } from '../../log.ts';
import type { ImapEvent } from '../../sieve/types.ts';
import type { NamedScript, ScriptFolder } from '../../store/script-folder.ts';
import { ScriptStoreError, type ScriptStore } from '../../store/script-types.ts';
import { type AccountStore, type ActiveScript, ScriptError, StoreError } from '../../store/types.ts';
import type { GlobalScripts } from '../run-scripts.ts';
import type { ImapEventRule } from './settings.ts';

/** RFC 6785 §2.3.1: its value is the name of a script of the mailbox's owner. */
const SCRIPT_ENTRY = '/shared/imapsieve/script';

/** The name of the script of a mailbox: its own, else the one for all mailboxes; '' for none. */
export async function scriptName(store: AccountStore, mailbox: string): Promise<string> {
  try {
    const own = await store.annotation(mailbox, SCRIPT_ENTRY);
    return own ?? (await store.annotation(undefined, SCRIPT_ENTRY)) ?? '';
  } catch (error) {
    // Removed since.
    if (error instanceof StoreError && error.reason !== 'io') return '';
    throw error;
  }
}

/** A script of an account that need not be its active one; undefined when there is none of that name. */
export async function namedScript(
  scripts: Pick<ScriptStore, 'get'>,
  account: string,
  name: string,
): Promise<ActiveScript | undefined> {
  try {
    return { name, source: Buffer.from(await scripts.get(account, name)).toString('utf8') };
  } catch (error) {
    if (!(error instanceof ScriptStoreError)) throw error;
    if (error.reason === 'not-found' || error.reason === 'invalid-name') return undefined;
    throw new ScriptError(error.message, error.reason === 'io', { cause: error });
  }
}

/** The rules for an event; names are those in the account. */
export function rulesFor(
  rules: readonly ImapEventRule[],
  cause: ImapEvent['cause'],
  mailbox: string,
  from: string | undefined,
): ImapEventRule[] {
  return rules.filter(
    (rule) =>
      (rule.causes.length === 0 || rule.causes.includes(cause)) &&
      matchesPattern(rule.mailbox, mailbox) &&
      (rule.from === '' || (from !== undefined && matchesPattern(rule.from, from))),
  );
}

/** As patterns of LIST (RFC 9051 §6.3.9); linear in the length of the name for each wildcard. */
function matchesPattern(pattern: string, name: string): boolean {
  const wanted = pattern.replace(/^inbox(?=\/|$)/i, 'INBOX');
  // Where in the name the part of the pattern read so far may end.
  let ends = new Set([0]);
  for (const char of wanted) {
    const next = new Set<number>();
    for (const end of ends) {
      if (char !== '*' && char !== '%') {
        if (name.startsWith(char, end)) next.add(end + char.length);
        continue;
      }
      for (let at = end; at <= name.length; at++) {
        // Another end has been there before.
        if (next.has(at)) break;
        next.add(at);
        if (char === '%' && name[at] === '/') break;
      }
    }
    ends = next;
  }
  return ends.has(name.length);
}

/** The scripts of rules in the form in which those around a user's own run. */
export function globalScripts(
  rules: readonly ImapEventRule[],
  folder: ScriptFolder | undefined,
  log: Log,
): GlobalScripts {
  const listed = (names: readonly string[]): ScriptFolder => ({
    named: (name) => folder?.named(name) ?? Promise.resolve(undefined),
    async all() {
      const scripts: NamedScript[] = [];
      for (const name of names) {
        try {
          const script = await folder?.named(name);
          if (script === undefined) log.error({ script: name }, 'a rule for events of IMAP names no script');
          else scripts.push({ name, script });
        } catch (error) {
          if (!(error instanceof ScriptError)) throw error;
          scripts.push({ name, fault: error });
        }
      }
      return scripts;
    },
  });
  const of = (names: readonly string[]): ScriptFolder[] => (names.length === 0 ? [] : [listed(names)]);
  return {
    before: of(rules.flatMap(({ before }) => before)),
    after: of(rules.flatMap(({ after }) => after)),
  };
}
