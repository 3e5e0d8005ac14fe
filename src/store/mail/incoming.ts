import { join } from 'node:path';
import type { IndexDatabase } from '../index/database.ts';
import type { MailboxChange } from '../index/change.ts';
import { uidOfName, factsOfUid } from '../index/messages.ts';
import { threadOf } from '../index/threads.ts';
import { sizes, uniqueName } from '../unique-name.ts';
import type { MessageContent } from './content-types.ts';
import { describe } from './content.ts';
import type { StoreContext } from './context.ts';
import { infoOf } from './file-name.ts';
import type { KeywordNames } from './keywords.ts';
import { octetsOf } from './octets.ts';
import { type ContentRow, contentRow } from './take-in.ts';
import type { Flags } from './types.ts';

/** A message on its way into a mailbox, as the index takes it. */
export interface IncomingRow {
  readonly name: string;
  readonly cur: boolean;
  readonly info: string;
  readonly flags: Flags;
  readonly internalDate: number;
  readonly size: number;
  readonly lf: boolean;
  readonly emailId: string;
  readonly content: ContentRow | undefined;
  /** The UID that another program gave it. */
  readonly uid?: number;
}

/** The same with its octets: its file is written, or will be. */
export interface Incoming extends IncomingRow {
  readonly octets: Buffer;
}

export interface NewMail {
  readonly pieces: readonly Uint8Array[];
  readonly flags: Flags;
  readonly internalDate: number;
}

/** Names a message and takes what the index wants to know of it. */
export function prepareIncoming(
  context: StoreContext,
  { pieces, flags, internalDate }: NewMail,
  keywords: KeywordNames,
): Incoming {
  const { now, random, hostname } = context;
  const sequence = ++context.sequence;
  const parts = { now: now(), pid: process.pid, sequence, random: random(8), hostname, ...sizes(pieces) };
  const info = infoOf(flags.system, flags.keywords, keywords.number);
  // Mail that already has flags is not new any more; only names in cur/ carry them.
  const cur = info !== ':2,';
  const { octets, lf, emailId } = octetsOf(Buffer.concat(pieces));
  return {
    name: uniqueName(parts),
    cur,
    info: cur ? info : '',
    flags,
    // The times of files are whole seconds for some programs that copy them.
    internalDate: Math.floor(internalDate / 1000) * 1000,
    size: octets.length,
    lf,
    emailId,
    octets,
    content: safely(context, () => contentRow(octets)),
  };
}

export const describeSafely = (context: StoreContext, octets: Uint8Array): MessageContent | undefined =>
  safely(context, () => describe(octets));

/** A message that nobody can describe is a message still: its content is asked for again when somebody wants it. */
function safely<T>(context: StoreContext, work: () => T): T | undefined {
  try {
    return work();
  } catch (err) {
    context.log.error({ err }, 'the structure of a message cannot be taken');
    return undefined;
  }
}

/** Its file, durable, in `tmp/`. */
export const writeIncoming = (
  context: StoreContext,
  folder: string,
  incoming: Incoming,
  pieces: readonly Uint8Array[],
): Promise<number> => context.disk.write(join(folder, 'tmp', incoming.name), pieces, incoming.internalDate);

/** The UID it gets, within a transaction. Another process that has scanned the folder meanwhile was quicker: then its. */
export function insertIncoming(
  db: IndexDatabase,
  change: MailboxChange,
  incoming: IncomingRow,
  saveDate: number,
): number {
  const { name, cur, info, flags, content, emailId } = incoming;
  const keywords = flags.keywords.join(' ');
  const known = uidOfName(db, change.row.id, name);
  if (known !== undefined) {
    const facts = factsOfUid(db, change.row.id, known);
    if (facts !== undefined && (facts.system !== flags.system || facts.keywords !== keywords))
      change.setFlags(facts, flags.system, keywords);
    return known;
  }
  // A file that came back, or one that was to be removed and is not.
  db.run('DELETE FROM doomed WHERE mailbox = ? AND name = ?', change.row.id, name);
  const taken =
    incoming.uid !== undefined && factsOfUid(db, change.row.id, incoming.uid) !== undefined
      ? undefined
      : incoming.uid;
  return change.insert({
    name,
    cur,
    info,
    system: flags.system,
    keywords,
    internalDate: incoming.internalDate,
    saveDate,
    size: incoming.size,
    lf: incoming.lf,
    emailId,
    threadId: threadOf(db, emailId, content),
    content: content?.json ?? null,
    ...(taken === undefined ? {} : { uid: taken }),
  });
}
