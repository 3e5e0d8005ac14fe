import type { Log } from '../log.ts';
import type { State } from '../state/types.ts';

/** What the scripts of an account decided about one mail, or why they could not. */
export interface ScriptLogEntry {
  /** RFC 3339. */
  time: string;
  /** Id of the delivery, as in the log of the server. */
  id: string;
  recipient: string;
  /** Envelope sender; '' for the null sender. */
  sender: string;
  subject: string;
  /** The actions as `tamis sieve run` prints them. */
  actions: readonly string[];
  /** Faults of scripts as `name: line N: error: text`; empty when all went well. */
  errors: readonly string[];
}

/** The last decisions and faults of the scripts of each account, for its owner to read. */
export interface ScriptLog {
  /** Keeps an entry, later: delivery does not wait for it, and is not hurt when it cannot be kept. */
  record(account: string, entry: Omit<ScriptLogEntry, 'time'>): void;
  /** The newest first. Rejects with a `StateError`. */
  read(account: string): Promise<ScriptLogEntry[]>;
  /**
   * What the owner should be told when he looks at his scripts (RFC 5804 §1.3, response code WARNINGS); undefined when
   * nothing went wrong. Rejects with a `StateError`.
   */
  warnings(account: string): Promise<string | undefined>;
  /** When all that was recorded so far is kept. */
  settled(): Promise<void>;
}

/** Entries of one account: some days of an ordinary mailbox, and little enough to list at once. */
const ENTRIES = 50;
/** Seconds an entry is kept at most: who has not looked for a month does not look for it any more. */
const LIFETIME = 30 * 86_400;
/** Entries being written at once; when the state is that slow, later ones are left out. */
const MAX_RUNNING = 256;
/** Characters of one text, and texts of one entry: an entry stays below some kilobytes. */
const MAX_TEXT = 200;
const MAX_TEXTS = 10;

/**
 * The log in the state. Each entry has one of {@link ENTRIES} places in turn, so that several processes write without
 * waiting for each other, and the oldest goes when a new one comes. `now` in milliseconds since the epoch.
 */
export function createScriptLog(state: State, now: () => number, log: Log): ScriptLog {
  const running = new Set<Promise<void>>();
  const write = async (account: string, entry: ScriptLogEntry): Promise<void> => {
    try {
      const number = await state.increment(`sieve/log-count/${account}`, 1);
      const value = Buffer.from(JSON.stringify({ number, ...bounded(entry) }));
      await state.put(`${prefixOf(account)}${number % ENTRIES}`, value, LIFETIME);
    } catch (error) {
      log.warn({ account, err: error }, 'an entry of the log of scripts could not be kept');
    }
  };
  const read = async (account: string): Promise<ScriptLogEntry[]> => {
    const numbered: { number: number; entry: ScriptLogEntry }[] = [];
    for await (const { value } of state.list(prefixOf(account))) {
      const parsed = parseEntry(value);
      if (parsed !== undefined) numbered.push(parsed);
    }
    return numbered.sort((a, b) => b.number - a.number).map(({ entry }) => entry);
  };
  return {
    record(account, entry) {
      if (running.size >= MAX_RUNNING) {
        log.debug({ account }, 'an entry of the log of scripts is left out');
        return;
      }
      const done = write(account, { time: new Date(now()).toISOString(), ...entry });
      running.add(done);
      void done.finally(() => running.delete(done));
    },
    read,
    async warnings(account) {
      const entries = await read(account);
      const failed = entries.filter(({ errors }) => errors.length > 0);
      const [last] = failed;
      if (last === undefined) return undefined;
      const mails =
        entries.length === 1 ? 'the last mail' : `${failed.length} of the last ${entries.length} mails`;
      return [`The script failed on ${mails}, which was kept; last at ${last.time}:`, ...last.errors].join(
        '\n',
      );
    },
    async settled() {
      await Promise.all(running);
    },
  };
}

/** A name may hold a slash, and then begin like another one. */
const prefixOf = (account: string): string => `sieve/log/${account.replaceAll('/', '%2F')}/`;

function bounded(entry: ScriptLogEntry): ScriptLogEntry {
  const { id, recipient, sender, subject, actions, errors } = entry;
  return {
    ...entry,
    id: cut(id),
    recipient: cut(recipient),
    sender: cut(sender),
    subject: cut(subject),
    actions: actions.slice(0, MAX_TEXTS).map(cut),
    errors: errors.slice(0, MAX_TEXTS).map(cut),
  };
}

function cut(text: string): string {
  const whole = text.toWellFormed();
  return whole.length <= MAX_TEXT ? whole : `${whole.slice(0, MAX_TEXT - 1).toWellFormed()}…`;
}

/** Undefined for what another version wrote, or nobody of us. */
function parseEntry(value: Uint8Array): { number: number; entry: ScriptLogEntry } | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(value).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const fields = parsed as Readonly<Record<string, unknown>>;
  const text = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '');
  const texts = (name: string): string[] => {
    const list: unknown = fields[name];
    return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
  };
  const number = fields['number'];
  if (typeof number !== 'number' || text('time') === '') return undefined;
  return {
    number,
    entry: {
      time: text('time'),
      id: text('id'),
      recipient: text('recipient'),
      sender: text('sender'),
      subject: text('subject'),
      actions: texts('actions'),
      errors: texts('errors'),
    },
  };
}
