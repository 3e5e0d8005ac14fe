import { setImmediate as nextTurn } from 'node:timers/promises';
import { compile, ScriptCache } from '../../sieve/index.ts';
import { createScriptFolder } from '../../store/script-folder.ts';
import { type EventContext, type EventTools, runEvent, type Wanted } from './run-event.ts';
import { rulesFor, scriptName } from './scripts.ts';
import type { ImapEvents, MailChange } from './types.ts';

export interface ImapEventsOptions extends EventContext {
  /** Octets of a script of the rules. */
  readonly scriptBytes: number;
}

/** Milliseconds that the name of a mailbox's script is believed: other processes annotate mailboxes, too. */
const NAME_AGE = 1000;
/** Names that are remembered. */
const MAX_NAMES = 10_000;

type Occasion = Pick<MailChange, 'cause' | 'mailbox' | 'from'>;

/** See docs/imapsieve.md. */
export function createImapEvents(options: ImapEventsOptions): ImapEvents {
  const { events, log, sieve, store, scriptBytes } = options;
  const tools: EventTools = {
    compiled: new ScriptCache((source, name) =>
      compile(source, { name, limits: sieve?.limits, available: options.available ?? [] }),
    ),
    folder:
      events.folder === ''
        ? undefined
        : createScriptFolder({ folder: events.folder, maxScriptBytes: scriptBytes }),
  };
  const names = new Map<string, { readonly at: number; readonly name: string }>();

  const nameFor = async ({ account, name, mailboxId }: MailChange['mailbox']): Promise<string> => {
    const key = `${account}\n${mailboxId}`;
    const known = names.get(key);
    if (known !== undefined && performance.now() - known.at < NAME_AGE) return known.name;
    const found = await scriptName(await store.open(account), name);
    if (names.size >= MAX_NAMES) names.clear();
    names.set(key, { at: performance.now(), name: found });
    return found;
  };

  /** Undefined when nothing runs, or that cannot be found out. */
  const wantedBy = async ({ cause, mailbox, from }: Occasion): Promise<Wanted | undefined> => {
    if (!events.enabled) return undefined;
    try {
      const rules = rulesFor(events.rules, cause, mailbox.name, from?.name);
      const script = await nameFor(mailbox);
      return rules.length === 0 && script === '' ? undefined : { rules, script };
    } catch (err) {
      const { account, name } = mailbox;
      log.error({ err, account, mailbox: name }, 'the scripts of a mailbox cannot be found');
      return undefined;
    }
  };

  return {
    url: events.enabled && events.url !== '' ? events.url : undefined,
    wants: async (occasion) => (await wantedBy(occasion)) !== undefined,
    forget: () => names.clear(),
    async run(change) {
      const wanted = await wantedBy(change);
      if (wanted === undefined) return;
      const { mailbox, uids, cause } = change;
      const fields = { account: mailbox.account, mailbox: mailbox.name, cause };
      const end = performance.now() + events.timeout;
      let done = 0;
      for (const uid of uids.slice(0, events.messages)) {
        if (performance.now() > end) break;
        try {
          await runEvent(uid, change, wanted, options, tools);
        } catch (err) {
          log.error({ ...fields, uid, err }, 'the scripts of a mailbox failed, the message is left as it is');
        }
        done++;
        await nextTurn();
      }
      if (done < uids.length)
        log.warn(
          { ...fields, left: uids.length - done },
          'scripts were not run on all messages of a command',
        );
    },
  };
}
