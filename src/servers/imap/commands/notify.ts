import { enableCondstore } from '../condstore.ts';
import { modseq } from '../fetch/facts-items.ts';
import { readItemList } from '../fetch/items.ts';
import { sendMessages } from '../fetch/respond.ts';
import type { FetchItem } from '../fetch/types.ts';
import { limited } from '../message-limit.ts';
import type { Command, EventGroup, NotifyEvent, SessionControl } from '../types.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { LOGGED_IN, ok } from './command.ts';

/** Groups and mailboxes of one command: a client names some. */
const MAX_GROUPS = 100;
const MAX_NAMES = 500;

const FILTERS = new Set([
  'SELECTED',
  'SELECTED-DELAYED',
  'INBOXES',
  'PERSONAL',
  'SUBSCRIBED',
  'SUBTREE',
  'MAILBOXES',
]);

/** RFC 5465 §5. */
const EVENTS: Readonly<Record<string, { readonly event: NotifyEvent; readonly name: string }>> = {
  MESSAGENEW: { event: 'MESSAGENEW', name: 'MessageNew' },
  MESSAGEEXPUNGE: { event: 'MESSAGEEXPUNGE', name: 'MessageExpunge' },
  FLAGCHANGE: { event: 'FLAGCHANGE', name: 'FlagChange' },
  MAILBOXNAME: { event: 'MAILBOXNAME', name: 'MailboxName' },
  SUBSCRIPTIONCHANGE: { event: 'SUBSCRIPTIONCHANGE', name: 'SubscriptionChange' },
  MAILBOXMETADATACHANGE: { event: 'MAILBOXMETADATACHANGE', name: 'MailboxMetadataChange' },
  SERVERMETADATACHANGE: { event: 'SERVERMETADATACHANGE', name: 'ServerMetadataChange' },
};
/** Those that are about messages: the only ones the open mailbox can have (RFC 5465 §6.1). */
const OF_MESSAGES = new Set<NotifyEvent>(['MESSAGENEW', 'MESSAGEEXPUNGE', 'FLAGCHANGE']);

/** RFC 5465 §3.1. */
export const notify: Command = {
  name: 'NOTIFY',
  states: LOGGED_IN,
  expunges: true,
  async run(session, args) {
    args.space();
    if (args.take('NONE')) {
      args.end();
      session.notify.clear();
      return ok('Nothing is told any more');
    }
    args.expect('SET');
    const status = args.take(' STATUS');
    const groups: EventGroup[] = [];
    do {
      args.space();
      groups.push(readGroup(args));
    } while (!args.atEnd);
    if (groups.length > MAX_GROUPS) throw new Refusal('Too many groups', 'NOTIFICATIONOVERFLOW');
    const selected = groups.filter(({ filter }) => filter.startsWith('selected'));
    if (selected.length > 1) throw new BadArgument('The open mailbox can be named once');
    await session.notify.set(groups, status);
    return ok('It will be told');
  },
};

/** `"(" filter-mailboxes SP events ")"` (RFC 5465 §8). */
function readGroup(args: Cursor): EventGroup {
  args.expect('(');
  const filter = args.keyword();
  if (!FILTERS.has(filter)) throw new BadArgument(`${filter} are no mailboxes`);
  const names = filter === 'SUBTREE' || filter === 'MAILBOXES' ? readNames(args) : [];
  args.space();
  const ofSelected = filter.startsWith('SELECTED');
  const { events, fetch } = readEvents(args, ofSelected);
  args.expect(')');
  return {
    filter: filter.toLowerCase() as EventGroup['filter'],
    names,
    events,
    ...(fetch === undefined ? {} : { fetch: fetcher(fetch) }),
  };
}

function readNames(args: Cursor): string[] {
  args.space();
  const names = args.peek() === '(' ? args.list(() => args.mailbox()) : [args.mailbox()];
  if (names.length > MAX_NAMES) throw new Refusal('Too many mailboxes', 'NOTIFICATIONOVERFLOW');
  return names;
}

function readEvents(
  args: Cursor,
  ofSelected: boolean,
): { events: Set<NotifyEvent>; fetch: readonly FetchItem[] | undefined } {
  const events = new Set<NotifyEvent>();
  let fetch: readonly FetchItem[] | undefined;
  if (args.take('NONE')) return { events, fetch };
  args.list(() => {
    const name = args.keyword();
    const known = Object.hasOwn(EVENTS, name) ? EVENTS[name] : undefined;
    if (known === undefined) {
      const supported = Object.values(EVENTS).map((one) => one.name);
      throw new Refusal(`${name} cannot be told`, `BADEVENT (${supported.join(' ')})`);
    }
    if (ofSelected && !OF_MESSAGES.has(known.event))
      throw new BadArgument(`${known.name} is not about messages of the open mailbox`);
    events.add(known.event);
    if (known.event === 'MESSAGENEW' && args.take(' (')) {
      if (!ofSelected) throw new BadArgument('Only messages of the open mailbox can be fetched');
      fetch = readItemList(args);
    }
  });
  // RFC 5465 §5: without them a client could not know how many messages there are; of other mailboxes it learns just that.
  if (!ofSelected) return { events, fetch };
  const both = events.has('MESSAGENEW') && events.has('MESSAGEEXPUNGE');
  if (!both && [...OF_MESSAGES].some((event) => events.has(event)))
    throw new BadArgument('MessageNew and MessageExpunge go together');
  return { events, fetch };
}

/** New messages are fetched as UID FETCH would (RFC 5465 §5.2). */
function fetcher(
  items: readonly FetchItem[],
): (session: SessionControl, uids: readonly number[]) => Promise<void> {
  return async (session, uids) => {
    if (items.includes(modseq)) enableCondstore(session);
    for (const uid of limited(uids).uids) {
      try {
        await sendMessages(session, [uid], items, { withUid: true });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        // No command is there to be refused, and the others can be had.
        session.send(`NO ${error.code === undefined ? '' : `[${error.code}] `}${error.message}`);
      }
    }
  };
}
