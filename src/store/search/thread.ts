import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { isDamage, removeDatabase, SearchDatabase } from './database.ts';
import { holds, searchDocument } from './document.ts';
import { scanPlaces } from './message-file.ts';
import { find, keysAfter } from './reading.ts';
import type { Answered, Asked, Kind, Requests } from './requests.ts';
import { add, keep, keepMailboxes, known, mailboxState, readEntries, sweep } from './writing.ts';

/**
 * The thread in which indexes are written, or the one in which they are read: SQLite and the decoding of mail never hold
 * the sockets up.
 */

/** Open at a time: an index costs three file handles and its page cache, and opening one a millisecond. */
const MAX_OPEN = 16;
const open = new Map<string, SearchDatabase>();
/** How many answers are being made from each. */
const busy = new Map<SearchDatabase, number>();

function database(file: string): SearchDatabase {
  let found = open.get(file);
  if (found !== undefined) {
    open.delete(file);
    if (!found.current && !busy.has(found)) {
      found.close();
      found = undefined;
    }
  }
  found ??= new SearchDatabase(file);
  open.set(file, found);
  for (const [name, other] of open) {
    if (open.size <= MAX_OPEN) break;
    if (other === found || busy.has(other)) continue;
    open.delete(name);
    other.close();
  }
  return found;
}

/** Text decoded to look for something is bounded by the limits of the message parser alone. */
const ALL_CHARACTERS = Number.MAX_SAFE_INTEGER;

type Handlers = {
  readonly [K in Kind]: (
    ask: Requests[K]['ask'],
    file: () => SearchDatabase,
  ) => Requests[K]['answer'] | Promise<Requests[K]['answer']>;
};

const handlers: Handlers = {
  find: ({ mailbox, terms, options }, file) => find(file(), mailbox, terms, options),
  keys: ({ mailbox, fields, after }, file) => keysAfter(file(), mailbox, fields, after),
  scan({ raw, terms }) {
    const document = searchDocument(raw, ALL_CHARACTERS);
    return terms.map((term) => term.kind !== 'sent' && holds(document, term) === true);
  },
  scanFiles: ({ places, terms }) => scanPlaces(places, terms),
  state: ({ mailbox }, file) => mailboxState(file(), mailbox),
  known: ({ emailIds }, file) => known(file(), emailIds),
  add({ mailbox, entries, upTo, maxCharacters }, file) {
    const { read, missing } = readEntries(entries);
    if (missing.length === 0) add(file(), mailbox, read, upTo, maxCharacters);
    return missing;
  },
  keep: ({ mailbox, uids, uidNext }, file) => keep(file(), mailbox, uids, uidNext),
  keepMailboxes({ mailboxes }, file) {
    keepMailboxes(file(), mailboxes);
    return undefined;
  },
  sweep: ({ documents }, file) => sweep(file(), documents),
};

async function answer({ id, kind, file, ask }: Asked): Promise<Answered> {
  let used: SearchDatabase | undefined;
  const use = () => {
    if (used === undefined) {
      used = database(file);
      busy.set(used, (busy.get(used) ?? 0) + 1);
    }
    return used;
  };
  try {
    // The kind says which of the handlers, and so which request: the compiler cannot follow that.
    const handler = handlers[kind] as (
      ask: unknown,
      file: () => SearchDatabase,
    ) => Requests[Kind]['answer'] | Promise<Requests[Kind]['answer']>;
    return { id, answer: await handler(ask, use) };
  } catch (error) {
    const damaged = isDamage(error);
    if (damaged) {
      const broken = open.get(file);
      open.delete(file);
      if (broken !== undefined && broken === used && busy.get(broken) === 1) broken.close();
      removeDatabase(file);
    }
    return { id, error: String(error), damaged };
  } finally {
    if (used !== undefined) {
      const left = (busy.get(used) ?? 1) - 1;
      if (left > 0) busy.set(used, left);
      else busy.delete(used);
    }
  }
}

/**
 * `workerData`: whether it takes the processor only when nobody else wants it, or less of it than the sessions do while one of
 * them waits.
 */
export type ThreadRole = 'background' | 'at once' | 'scan';

const PRIORITY: Readonly<Record<ThreadRole, number>> = {
  background: constants.priority.PRIORITY_LOW,
  'at once': constants.priority.PRIORITY_NORMAL,
  scan: constants.priority.PRIORITY_BELOW_NORMAL,
};

// Mail and sessions come first. On Linux this is about the thread, elsewhere about the process: there we leave it.
const role = workerData as ThreadRole;
if (process.platform === 'linux' && role !== 'at once') setPriority(0, PRIORITY[role]);

const port = parentPort;
port?.on('message', (asked: Asked | 'leave') => {
  if (asked === 'leave') {
    for (const one of open.values()) one.close();
    port.close();
    return;
  }
  void answer(asked).then((answered) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
    port.postMessage(answered);
  });
});
