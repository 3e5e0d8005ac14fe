import type { Session } from '../types.ts';
import { sequenceSet, string } from '../wire/writer.ts';
import type { ReturnOptions } from './return-options.ts';
import { partialOf, partialText } from './return-options.ts';

/** What a search has found, to be told to the client. */
export interface Results {
  /** In the order asked for. */
  readonly uids: readonly number[];
  /** Of these messages, when MODSEQ was asked for. */
  readonly modseqs: ReadonlyMap<number, number> | undefined;
  readonly relevancy: ReadonlyMap<number, number>;
}

/** How messages are named in an answer. */
export interface Naming {
  readonly byUid: boolean;
  /** Number of a message by its UID. */
  number(uid: number): number;
}

/** Octets of a line that are put together at a time. */
const NUMBERS_AT_ONCE = 4_096;

/** `SEARCH 2 3 5 (MODSEQ 7)`, `SORT 3 2 5` (RFC 3501 §7.2.5, RFC 5256 §4, RFC 7162 §3.1.5). */
export async function sendPlain(
  session: Session,
  name: 'SEARCH' | 'SORT',
  { uids, modseqs }: Results,
  naming: Naming,
): Promise<void> {
  const pieces: string[] = [name];
  for (let at = 0; at < uids.length; at += NUMBERS_AT_ONCE)
    pieces.push(
      ` ${uids
        .slice(at, at + NUMBERS_AT_ONCE)
        .map((uid) => naming.number(uid))
        .join(' ')}`,
    );
  if (modseqs !== undefined && uids.length > 0) pieces.push(` (MODSEQ ${highest(uids, modseqs)})`);
  session.send(...pieces);
  await session.flush();
}

/** RFC 9051 §7.3.4. `mailbox` is `MAILBOX name UIDVALIDITY n` where one of several mailboxes is searched (RFC 7377 §2.1). */
export async function sendExtended(
  session: Session,
  tag: string,
  results: Results,
  options: ReturnOptions,
  naming: Naming,
  mailbox = '',
): Promise<void> {
  const { uids, modseqs } = results;
  const pieces = [`ESEARCH (TAG ${string(tag)}${mailbox === '' ? '' : ` ${mailbox}`})`];
  if (naming.byUid) pieces.push(' UID');
  // Also of SORT: a range stands for numbers that follow one another (RFC 5267 §3.1).
  const set = (some: readonly number[]) => sequenceSet(some.map((uid) => naming.number(uid)));
  const [first, last] = [uids[0], uids.at(-1)];
  if (first !== undefined && last !== undefined) {
    if (options.min) pieces.push(` MIN ${naming.number(first)}`);
    if (options.max) pieces.push(` MAX ${naming.number(last)}`);
    if (options.all) pieces.push(` ALL ${set(uids)}`);
  }
  if (options.count) pieces.push(` COUNT ${uids.length}`);
  if (options.partial !== undefined) {
    const some = partialOf(uids, options.partial);
    pieces.push(` PARTIAL (${partialText(options.partial)} ${some.length === 0 ? 'NIL' : set(some)})`);
  }
  if (modseqs !== undefined && uids.length > 0)
    pieces.push(` MODSEQ ${highest(named(uids, options), modseqs)}`);
  if (options.relevancy && uids.length > 0) {
    const some = options.partial === undefined ? uids : partialOf(uids, options.partial);
    pieces.push(` RELEVANCY (${some.map((uid) => results.relevancy.get(uid) ?? 100).join(' ')})`);
  }
  session.send(...pieces);
  await session.flush();
}

/** RFC 7162 §3.1.10: with MIN or MAX alone the modification sequence is of those messages. */
function named(uids: readonly number[], { min, max, all, count, partial }: ReturnOptions): readonly number[] {
  if (all || count || partial !== undefined || !(min || max)) return uids;
  return [...(min ? uids.slice(0, 1) : []), ...(max ? uids.slice(-1) : [])];
}

function highest(uids: readonly number[], modseqs: ReadonlyMap<number, number>): number {
  return uids.reduce((high, uid) => Math.max(high, modseqs.get(uid) ?? 0), 0);
}

/** What `$` means then (RFC 5182 §2.1, RFC 9394 §3.1): all that was found, unless only some of it was asked for. */
export function savedOf(
  uids: readonly number[],
  { min, max, all, count, partial }: ReturnOptions,
): readonly number[] {
  if (all || count || !(min || max || partial !== undefined)) return uids;
  const some = new Set(partial === undefined ? [] : partialOf(uids, partial));
  const [first, last] = [uids[0], uids.at(-1)];
  if (min && first !== undefined) some.add(first);
  if (max && last !== undefined) some.add(last);
  return [...some].sort((one, other) => one - other);
}
