import { lstat } from 'node:fs/promises';
import { errorCode } from '../durable.ts';
import type { AccountIndex } from '../index/account-index.ts';
import {
  counter,
  deleteMailbox,
  insertMailbox,
  mailboxRows,
  raiseCounter,
  renameMailboxes,
  setSpecialUse,
} from '../index/mailboxes.ts';
import type { MailboxFacts } from '../mailbox-facts.ts';
import { INBOX } from '../mailbox-name.ts';
import { StoreError } from '../types.ts';
import { forEachOf } from './concurrent.ts';
import type { StoreContext } from './context.ts';
import { storeError } from './errors.ts';
import type { Folders } from './folders.ts';
import { takenOver, type TakenUids } from './uid-list.ts';

/** Something else than a folder, or a folder that is not ours to use, stands in a mailbox: this one only cannot be used. */
const ODD: ReadonlySet<string> = new Set(['ENOTDIR', 'EISDIR', 'ELOOP', 'EACCES', 'EPERM']);

/** RFC 9051 §2.3.1.1 */
const MAX_UID_VALIDITY = 0xffff_ffff;

interface Found {
  readonly name: string;
  readonly facts: MailboxFacts;
}

/**
 * Brings the mailboxes of the index in line with the folders: a folder is known by the MAILBOXID in its facts, under
 * whatever name, and gets one when it has none. What has no folder any more is forgotten. Gives the names of those that there is
 * no room for now, or that are no mailboxes inside, and why: the others can be read.
 */
export async function adoptFolders(
  context: StoreContext,
  index: AccountIndex,
  folders: Folders,
  kept: ReadonlyMap<string, TakenUids>,
): Promise<ReadonlyMap<string, StoreError>> {
  const waiting = new Map<string, StoreError>();
  const orWaiting = async (name: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const fault = storeError(error, `${folders.account}: cannot take in ${name}`);
      if ((fault.reason !== 'full' && !ODD.has(errorCode(error) ?? '')) || name === INBOX) throw error;
      waiting.set(name, fault);
    }
  };
  const names = await folders.list();
  const found = (
    await forEachOf(names, async (name): Promise<Found | undefined> => {
      const facts = await folders.facts(folders.path(name));
      return { name, facts };
    })
  ).filter((one) => one !== undefined);
  const rows = new Map(index.read(mailboxRows).map((row) => [row.mailboxId, row]));
  const known = new Map<string, Found>();
  const strangers: Found[] = [];
  for (const one of found) {
    const { id } = one.facts;
    const row = id === undefined ? undefined : rows.get(id);
    const first = id === undefined ? undefined : known.get(id);
    if (id === undefined || row === undefined) strangers.push(one);
    else if (first === undefined) known.set(id, one);
    // A folder that was copied with its facts: the one whose name the index knows keeps its id.
    else if (row.name === one.name) {
      strangers.push(first);
      known.set(id, one);
    } else strangers.push(one);
  }
  const renamed = [...known].flatMap(([mailboxId, { name }]) =>
    rows.get(mailboxId)?.name === name ? [] : [{ mailboxId, name }],
  );
  const gone: string[] = [];
  for (const row of rows.values()) {
    // A second look: a folder that is renamed while others are listed may be missed.
    if (!known.has(row.mailboxId) && !(await isStill(context, folders, row.mailboxId, row.name)))
      gone.push(row.mailboxId);
  }
  const uses = [...known].filter(
    ([mailboxId, { facts }]) => rows.get(mailboxId)?.specialUse.join(' ') !== facts.specialUse.join(' '),
  );
  if (renamed.length + gone.length + uses.length > 0)
    await orWaiting(renamed[0]?.name ?? 'what has changed', () =>
      index.write((db) => {
        for (const mailboxId of gone) deleteMailbox(db, mailboxId);
        renameMailboxes(db, renamed);
        for (const [mailboxId, { facts }] of uses) setSpecialUse(db, mailboxId, facts.specialUse);
      }),
    );
  // A name that was renamed away may be a stranger's now.
  if (waiting.size > 0) for (const { name } of strangers) waiting.set(name, full(folders, name));
  else {
    const taken = new Set(known.keys());
    for (const one of strangers)
      await orWaiting(one.name, () => takeIn(context, index, folders, one, taken, kept));
  }
  return waiting;
}

const full = (folders: Folders, name: string): StoreError =>
  new StoreError('full', `${folders.account}: there is no room to take in ${name}`);

async function isStill(
  context: StoreContext,
  folders: Folders,
  mailboxId: string,
  name: string,
): Promise<boolean> {
  // Its mail may be elsewhere for now: what is known of it stays.
  if (folders.isLink(name)) return true;
  try {
    await lstat(folders.path(name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  const { id } = await folders.facts(folders.path(name));
  if (id !== mailboxId)
    context.log.info({ account: folders.account, mailbox: name }, 'a mailbox was replaced by another one');
  return id === mailboxId;
}

/** Gives a folder that the index does not know its MAILBOXID and UIDVALIDITY, and takes it in. */
async function takeIn(
  context: StoreContext,
  index: AccountIndex,
  folders: Folders,
  found: Found,
  taken: Set<string>,
  kept: ReadonlyMap<string, TakenUids>,
): Promise<void> {
  try {
    await takeOne(context, index, folders, found, taken, kept);
  } catch (error) {
    // Removed while we looked; INBOX must be there.
    if (errorCode(error) !== 'ENOENT' || found.name === INBOX) throw error;
  }
}

async function takeOne(
  context: StoreContext,
  index: AccountIndex,
  folders: Folders,
  { name, facts }: Found,
  taken: Set<string>,
  kept: ReadonlyMap<string, TakenUids>,
): Promise<void> {
  const folder = folders.path(name);
  await folders.makeReady(name);
  // Another server's, unless we have once told clients of our own.
  const ours = facts.id === undefined || taken.has(facts.id) ? undefined : kept.get(facts.id);
  const theirs = facts.uidValidity === undefined ? await takenOver(folder) : ours;
  const uidValidity =
    theirs?.uidValidity ??
    (await index.write((db) => {
      const least = Math.max(counter(db, 'uid_validity'), facts.uidValidity ?? 0) + 1;
      const next = Math.max(least, Math.floor(context.now() / 1000));
      if (next > MAX_UID_VALIDITY) throw new StoreError('full', 'there is no UIDVALIDITY left');
      raiseCounter(db, 'uid_validity', next);
      return next;
    }));
  const id = facts.id === undefined || taken.has(facts.id) ? folders.newId() : facts.id;
  const wanted: MailboxFacts = { ...facts, id, uidValidity };
  let given = wanted;
  if (facts.id === undefined && facts.uidValidity === undefined)
    given = await folders.claimFacts(folder, wanted);
  if (given.id !== id || given.uidValidity !== uidValidity)
    given = { ...given, id: given.id ?? id, uidValidity };
  if (given !== wanted || facts.id !== undefined) await folders.writeFacts(folder, given);
  const mailboxId = given.id ?? id;
  taken.add(mailboxId);
  const { specialUse } = given;
  await index.write((db) => {
    const { uidNext = 1, modseq } = theirs ?? {};
    insertMailbox(db, { mailboxId, name, specialUse, uidValidity, uidNext, modseq });
  });
}
