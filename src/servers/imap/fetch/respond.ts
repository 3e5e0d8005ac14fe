import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Mailbox, type MessageFacts, SystemFlag } from '../../../store/mail/types.ts';
import { StoreError } from '../../../store/types.ts';
import { describedFacts } from '../described.ts';
import { FlagEvents } from '../events.ts';
import { Progress } from '../progress.ts';
import type { SessionControl } from '../types.ts';
import { flags, modseq, uid } from './facts-items.ts';
import { unique } from './items.ts';
import { MailboxMessage } from './message.ts';
import { uidRanges } from './ranges.ts';
import { type FactsItem, type FetchContext, type FetchItem, MessageGone } from './types.ts';
import { ResponseWriter } from './writer.ts';

/** Messages whose facts are read at a time: some milliseconds of the index, then others get their turn. */
const STEP = 1000;
/** The same where content is read: their facts are not much older than their octets. */
const CONTENT_STEP = 100;
/** Messages that are sent without others getting their turn. */
const QUICK = 50;

export interface FetchOptions {
  /** The command's tag, for what is told of its progress; undefined when none is running. */
  readonly tag?: string;
  /** Every response has the UID. */
  readonly withUid: boolean;
}

/**
 * Sends the FETCH (or, with UIDONLY, UIDFETCH) responses for messages of the open mailbox, UIDs ascending (RFC 9051 §7.5.2,
 * RFC 9586 §3.3), and sets \Seen where an item does that. The number of those that were not there any more.
 */
export async function sendMessages(
  session: SessionControl,
  uids: readonly number[],
  wanted: readonly FetchItem[],
  options: FetchOptions,
): Promise<number> {
  const { mailbox } = session.selected;
  const items = options.withUid && !session.enabled.has('UIDONLY') ? unique([uid, ...wanted]) : wanted;
  const context = fetchContext(session);
  const simple = items.filter((item) => item.needs === 'facts');
  const onlyFacts = simple.length === items.length;
  const marksSeen = items.some((item) => item.needs === 'octets' && item.marksSeen);
  const ofFiles = items.some((item) => item.needs !== 'facts' || item.ofFile === true);
  const step = onlyFacts ? STEP : CONTENT_STEP;
  const progress = options.tag === undefined ? undefined : new Progress(session, options.tag, uids.length);
  const events = marksSeen ? await FlagEvents.of(session) : undefined;
  let gone = 0;
  for (let from = 0; from < uids.length; from += step) {
    const some = uids.slice(from, from + step);
    const ranges = uidRanges(some, session.selected.uids);
    const facts = ofFiles ? await describedFacts(mailbox, ranges) : [...mailbox.facts(ranges)];
    if (onlyFacts && facts.length < some.length) addDeparted(mailbox, some, facts);
    gone += some.length - facts.length;
    if (items.includes(flags)) session.announceKeywords(facts);
    if (onlyFacts) for (const one of facts) session.send(factsLine(session, one, simple, context));
    else {
      const seen = marksSeen ? await markSeen(session, facts, events) : new Map<number, MessageFacts>();
      for (const one of facts) {
        const now = seen.get(one.uid);
        const all = now === undefined ? items : unique([...items, flags, ...withModseq(session)]);
        if (!(await sendMessage(session, now ?? one, all, context))) gone++;
        progress?.at(from);
        await session.flush();
      }
    }
    progress?.at(from + some.length);
    await session.flush();
    if (some.length > QUICK || from + step < uids.length) await nextTurn();
  }
  await events?.run();
  return gone;
}

const withModseq = (session: SessionControl): FactsItem[] =>
  session.enabled.has('CONDSTORE') ? [modseq] : [];

export function fetchContext({ enabled, selected }: SessionControl): FetchContext {
  return {
    utf8: enabled.has('UTF8=ACCEPT') || enabled.has('IMAP4REV2'),
    isRecent: enabled.has('IMAP4REV2') ? () => false : selected.isRecent,
  };
}

/** A response of items that the index alone knows, without `* `. */
export function factsLine(
  session: SessionControl,
  facts: MessageFacts,
  items: readonly FactsItem[],
  context: FetchContext,
): string {
  let text = '';
  for (const item of items) text += `${text === '' ? '' : ' '}${item.text(facts, context)}`;
  return `${head(session, facts.uid)}${text})`;
}

const head = (session: SessionControl, of: number): string =>
  `${session.label(of)} ${session.enabled.has('UIDONLY') ? 'UIDFETCH' : 'FETCH'} (`;

/** False when the message, or part of it, was not there. */
async function sendMessage(
  session: SessionControl,
  facts: MessageFacts,
  items: readonly FetchItem[],
  context: FetchContext,
): Promise<boolean> {
  const message = new MailboxMessage(session.selected.mailbox, facts, context);
  const writer = new ResponseWriter(session, `* ${head(session, facts.uid)}`);
  try {
    // What cannot be had is found out before the response begins.
    for (const item of items) {
      if (item.needs === 'content') await message.content();
      else if (item.needs === 'octets') await item.check?.(message);
    }
    // Of a message that is gone not even its UID is told.
    if (items.some((item) => item.needs === 'octets')) await message.octets(0, 1);
  } catch (error) {
    if (error instanceof MessageGone) return false;
    throw error;
  }
  let whole = true;
  for (const item of items) {
    try {
      if (item.needs === 'facts') writer.add(item.text(facts, context));
      else if (item.needs === 'content') writer.add(item.text(await message.content(), context));
      else await item.write(message, writer);
    } catch (error) {
      if (!(error instanceof MessageGone)) throw error;
      whole = false;
    }
  }
  writer.end();
  return whole;
}

/** Those that have \Seen now and had not: the client hears of it in the same response (RFC 9051 §6.4.5). */
async function markSeen(
  session: SessionControl,
  facts: readonly MessageFacts[],
  events: FlagEvents | undefined,
): Promise<ReadonlyMap<number, MessageFacts>> {
  const { mailbox, readOnly, ref } = session.selected;
  const unseen = facts.filter(({ system }) => (system & SystemFlag.seen) === 0).map((one) => one.uid);
  if (readOnly || !ref.rights.has('s') || unseen.length === 0) return new Map();
  try {
    const change = { mode: 'add', flags: { system: SystemFlag.seen, keywords: [] } } as const;
    const before = events?.before(unseen);
    const { changed } = await mailbox.store(unseen, change);
    if (before !== undefined) events?.changed(before, changed);
    session.silence(changed, true);
    session.announceKeywords(changed);
    return new Map(changed.map((one) => [one.uid, one]));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    // Mail can be read, though the disk is full.
    session.log.warn({ err: error, account: mailbox.account }, 'message cannot be marked as seen');
    return new Map();
  }
}

/** Until a client may be told that messages are gone, it can ask for what the index knew of them. */
function addDeparted(mailbox: Mailbox, uids: readonly number[], facts: MessageFacts[]): void {
  const there = new Set(facts.map(({ uid }) => uid));
  const departed = mailbox.departed?.(uids.filter((uid) => !there.has(uid))) ?? [];
  // What had not been read yet cannot be read any more.
  facts.push(...departed.filter(({ emailId }) => emailId !== ''));
  facts.sort((one, other) => one.uid - other.uid);
}
