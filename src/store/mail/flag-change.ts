import { MailboxChange } from '../index/change.ts';
import { mailboxNumber } from '../index/mailboxes.ts';
import { factsOfUid, fileRow, type FileRow } from '../index/messages.ts';
import { chunksOf } from './concurrent.ts';
import { CHUNK, keywordNamesOf, knownFlags, type MailboxCore } from './core.ts';
import { noteLessons } from './lessons.ts';
import { type FlagChange, type Flags, type MessageFacts, type Stored, SystemFlag } from './types.ts';

/** UIDs have 32 bits (RFC 9051 §2.3.1.1). */
const MAX_UID = 0xffff_ffff;

/** STORE. Durable when it resolves; the names of the files follow later. */
export async function storeFlags(
  core: MailboxCore,
  uids: readonly number[],
  change: FlagChange,
): Promise<Stored> {
  const { flags, names } = await knownFlags(core, usedFlags(core, change));
  const keep: Flags = {
    system: change.keep?.system ?? 0,
    keywords: (change.keep?.keywords ?? []).map((keyword) => names.spelt(keyword)),
  };
  const { expungedRanges } = core.context.settings.index;
  const changed: MessageFacts[] = [];
  const previous: number[] = [];
  const modified: number[] = [];
  for (const chunk of chunksOf(uids, CHUNK)) {
    const done = await core.index.write((db) => {
      const work = new MailboxChange(db, core.mailboxId);
      const stored = { changed: [] as MessageFacts[], previous: [] as number[], modified: [] as number[] };
      for (const uid of chunk) {
        const facts = factsOfUid(db, work.row.id, uid);
        if (facts === undefined) continue;
        if (change.unchangedSince !== undefined && facts.modseq > change.unchangedSince) {
          stored.modified.push(uid);
          continue;
        }
        const { system, keywords } = changedFlags(facts, change.mode, flags, keep);
        if (system === facts.system && keywords === facts.keywords) continue;
        stored.previous.push(facts.modseq);
        stored.changed.push(work.setFlags(facts, system, keywords));
      }
      work.finish(expungedRanges);
      noteLessons(
        core,
        db,
        work.row.id,
        stored.changed.map(({ uid }) => uid),
        change.lesson,
      );
      return stored;
    });
    changed.push(...done.changed);
    previous.push(...done.previous);
    modified.push(...done.modified);
    if (done.changed.length > 0) core.tell('messages');
  }
  if (changed.length > 0) core.writeFlags();
  return { changed, previous, modified };
}

/** A keyword that nobody has used does not become one of the mailbox by being taken away. */
function usedFlags(core: MailboxCore, { mode, flags }: FlagChange): Flags {
  if (mode !== 'remove' || flags.keywords.length === 0) return flags;
  const names = keywordNamesOf(core);
  return { ...flags, keywords: flags.keywords.filter((name) => names.number(name) !== undefined) };
}

/** The flags of a message after a change; `keep` stay as they are. */
function changedFlags(
  facts: Pick<MessageFacts, 'system' | 'keywords'>,
  mode: FlagChange['mode'],
  flags: Flags,
  keep: Flags,
): { system: number; keywords: string } {
  const wanted =
    mode === 'add'
      ? facts.system | flags.system
      : mode === 'remove'
        ? facts.system & ~flags.system
        : flags.system;
  const system = (wanted & ~keep.system) | (facts.system & keep.system);
  if (flags.keywords.length === 0 && (mode !== 'replace' || facts.keywords === ''))
    return { system, keywords: facts.keywords };
  const present = facts.keywords === '' ? [] : facts.keywords.split(' ');
  let keywords: string[];
  if (mode === 'add') keywords = [...present, ...flags.keywords.filter((name) => !present.includes(name))];
  else if (mode === 'remove') keywords = present.filter((name) => !flags.keywords.includes(name));
  else {
    // Those that stay keep their order: the same set is no change.
    const stay = present.filter((name) => flags.keywords.includes(name));
    keywords = [...stay, ...flags.keywords.filter((name) => !stay.includes(name))];
  }
  const kept = keep.keywords.filter((name) => present.includes(name));
  keywords = keywords.filter((name) => present.includes(name) || !keep.keywords.includes(name));
  for (const name of kept) if (!keywords.includes(name)) keywords.push(name);
  return { system, keywords: keywords.join(' ') };
}

/** EXPUNGE of those that have \Deleted; the UIDs that are gone. Their files are removed later. */
export async function expunge(
  core: MailboxCore,
  uids: readonly number[] | number = MAX_UID,
): Promise<number[]> {
  const { expungedRanges } = core.context.settings.index;
  const expunged: number[] = [];
  const wanted = typeof uids === 'number' ? deletedUpTo(core, uids) : uids;
  for (const chunk of chunksOf(wanted, CHUNK)) {
    const removed = await core.index.write((db) => {
      const work = new MailboxChange(db, core.mailboxId);
      const gone: { readonly facts: MessageFacts; readonly file: FileRow }[] = [];
      for (const uid of chunk) {
        const facts = factsOfUid(db, work.row.id, uid);
        if (facts === undefined || (facts.system & SystemFlag.deleted) === 0) continue;
        const file = fileRow(db, work.row.id, uid);
        if (file !== undefined && work.remove(uid, true)) gone.push({ facts, file });
      }
      work.finish(expungedRanges);
      return gone;
    });
    if (removed.length === 0) continue;
    core.context.departed.remember(
      core.mailboxId,
      removed.map(({ facts }) => facts),
    );
    core.tell('messages');
    core.removeFiles(removed.map(({ file }) => file));
    expunged.push(...removed.map(({ facts }) => facts.uid));
  }
  return expunged.sort((one, other) => one - other);
}

const deletedUpTo = (core: MailboxCore, uid: number): number[] =>
  core.index.read((db) =>
    db.numbers(
      'SELECT json_group_array(uid) FROM message WHERE mailbox = ? AND system & 8 <> 0 AND uid <= ?',
      mailboxNumber(db, core.mailboxId),
      uid,
    ),
  );
