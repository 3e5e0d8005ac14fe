import { MailboxChange } from '../index/change.ts';
import type { IndexDatabase } from '../index/database.ts';
import { factsOfUid, uidOfName } from '../index/messages.ts';
import { chunksOf } from './concurrent.ts';
import { keywordNamesOf, type MailboxCore } from './core.ts';
import { flagsOf, sizesInName } from './file-name.ts';
import type { Place } from './files.ts';
import { type Looked, lookAtFile } from './look.ts';
import type { TakenUids } from './uid-list.ts';

/** A file that the index does not know. */
export type Fresh = readonly [name: string, place: Place];

/** Files that a thread looks at, and that are told to the index, at a time: less than 10 ms of either. */
const BATCH = 500;
/** Transactions that may wait for the disk at the same time. */
const WRITES = 4;

/**
 * Takes in many files that other programs left, in this order, by what their names and the file system say of them. They have
 * their UIDs, flags and dates then; what they are is read later (`Describer`). Resolves when that is durable.
 */
export async function takeOver(
  core: MailboxCore,
  fresh: readonly Fresh[],
  taken: TakenUids | undefined,
): Promise<void> {
  const { context } = core;
  const names = keywordNamesOf(core);
  const writes: Promise<void>[] = [];
  for await (const [batch, looks] of looked(core, fresh)) {
    const saveDate = Math.floor(context.now() / 1000) * 1000;
    const write = core.index
      .write((db) => {
        const change = new MailboxChange(db, core.mailboxId);
        for (const [at, [name, place]] of batch.entries()) {
          const look = looks[at];
          if (look === undefined) {
            context.log.debug({ account: core.account, mailbox: core.name, file: name }, NO_MESSAGE);
            continue;
          }
          const flags = flagsOf(place.info, names.name);
          insert(db, change, {
            name,
            ...place,
            system: flags.system,
            keywords: flags.keywords.join(' '),
            internalDate: Math.floor(look.modified / 1000) * 1000,
            saveDate,
            size: sizesInName(name).virtualSize ?? look.bytes,
            uid: taken?.uids.get(name),
          });
        }
        change.finish(context.settings.index.expungedRanges);
      })
      .then(() => core.tell('messages'));
    // It is waited for later: until then nobody hears of an error.
    write.catch(() => undefined);
    writes.push(write);
    if (writes.length >= WRITES) await writes.shift();
  }
  await Promise.all(writes);
}

export const NO_MESSAGE = 'not taken as a message: gone, no file, or too large';

interface Row {
  readonly name: string;
  readonly cur: boolean;
  readonly info: string;
  readonly system: number;
  readonly keywords: string;
  readonly internalDate: number;
  readonly saveDate: number;
  readonly size: number;
  /** The one that another program gave it. */
  readonly uid: number | undefined;
}

function insert(db: IndexDatabase, change: MailboxChange, { uid, ...row }: Row): void {
  const mailbox = change.row.id;
  // Another process has scanned the folder meanwhile.
  if (uidOfName(db, mailbox, row.name) !== undefined) return;
  const free = uid !== undefined && factsOfUid(db, mailbox, uid) === undefined ? { uid } : {};
  change.insert({ ...row, ...free, lf: false, emailId: '', threadId: '', content: null });
}

type Looks = readonly (Looked | undefined)[];

/** What the file system says of the files, some at a time, in their order: while some are told to the index, others are looked at. */
async function* looked(
  core: MailboxCore,
  fresh: readonly Fresh[],
): AsyncIterable<readonly [batch: readonly Fresh[], looks: Looks]> {
  const ahead: { readonly batch: readonly Fresh[]; readonly looks: Promise<Looks> }[] = [];
  for (const batch of chunksOf(fresh, BATCH)) {
    const looks = look(core, batch);
    looks.catch(() => undefined);
    ahead.push({ batch, looks });
    const first = ahead.length >= core.context.takeIn.width ? ahead.shift() : undefined;
    if (first !== undefined) yield [first.batch, await first.looks];
  }
  for (const { batch, looks } of ahead) yield [batch, await looks];
}

async function look(core: MailboxCore, batch: readonly Fresh[]): Promise<Looks> {
  const { takeIn, settings, log } = core.context;
  const { maxFileBytes } = settings.index;
  const paths = batch.map(([name, place]) => core.files.path(name, place));
  try {
    return await takeIn.ask('look', paths, maxFileBytes);
  } catch (err) {
    log.warn({ account: core.account, err }, 'the thread that reads mail of other programs has failed');
    return paths.map((path) => lookAtFile(path, maxFileBytes));
  }
}
