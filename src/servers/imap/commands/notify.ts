import type { Command, EventGroup, NotifyEvent, SessionControl } from '../types.ts';
import { ArgumentCursor } from '../wire/cursor.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { sequenceSet } from '../wire/writer.ts';
import { LOGGED_IN, ok } from './command.ts';
import { commands } from './index.ts';

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
): { events: Set<NotifyEvent>; fetch: string | undefined } {
  const events = new Set<NotifyEvent>();
  let fetch: string | undefined;
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
      fetch = readItems(args);
    }
  });
  // RFC 5465 §5: without them a client could not know how many messages there are.
  const both = events.has('MESSAGENEW') && events.has('MESSAGEEXPUNGE');
  if (!both && [...OF_MESSAGES].some((event) => events.has(event)))
    throw new BadArgument('MessageNew and MessageExpunge go together');
  return { events, fetch };
}

/** Items of FETCH up to their closing parenthesis, as they are written. */
function readItems(args: Cursor): string {
  let text = '';
  for (let depth = 1; ; ) {
    const character = args.peek();
    if (character === '' || character === '\n' || character === '{')
      throw new BadArgument('Items of FETCH are expected');
    if (character === '"') {
      text += `"${args.astring().replace(/["\\]/g, '\\$&')}"`;
      continue;
    }
    args.expect(character);
    if (character === '(') depth++;
    else if (character === ')' && --depth === 0) return text;
    text += character;
  }
}

/** New messages are fetched as UID FETCH would (RFC 5465 §5.2). */
function fetcher(items: string): (session: SessionControl, uids: readonly number[]) => Promise<void> {
  const command = commands.get('UID FETCH');
  const check = new ArgumentCursor(`1 (${items})`);
  check.sequenceSet();
  return async (session, uids) => {
    if (uids.length === 0 || command === undefined) return;
    await command.run(session, new ArgumentCursor(` ${sequenceSet(uids)} (${items})`), '');
  };
}
