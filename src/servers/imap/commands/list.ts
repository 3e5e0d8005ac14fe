import type { MailboxEntry } from '../../../store/mail/types.ts';
import { StoreError } from '../../../store/types.ts';
import { takesUtf8 } from '../text.ts';
import type { Command, SessionControl } from '../types.ts';
import { mailboxName, mailboxString } from '../wire/writer.ts';
import { LOGGED_IN, ok } from './command.ts';
import { type ListRequest, readListRequest } from './list-options.ts';
import { ListPattern } from './list-pattern.ts';
import { sendMetadata } from './metadata.ts';
import { statusText } from './status-items.ts';

/** RFC 9051 §6.3.9, with RFC 5258, 5819, 6154 and 9590, and RFC 8440 §3. */
export const list: Command = {
  name: 'LIST',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    const request = readListRequest(args);
    const { reference } = request;
    if (!request.extended && request.patterns.join('') === reference) {
      // An empty pattern asks for the delimiter, and the first level of the reference (RFC 9051 §6.3.9).
      const root = reference.slice(0, reference.indexOf('/') + 1);
      session.send(`LIST (\\Noselect) "/" ${mailboxString(root, takesUtf8(session))}`);
      return ok('Done');
    }
    const found = matching(await levels(session, request), request);
    for (const match of found) {
      session.send(listText(session, match, request));
      await unlessRefused(() => sendReturned(session, match.entry, request));
      await session.flush();
    }
    return ok('Done');
  },
};

interface Match {
  readonly entry: MailboxEntry;
  /** Something below it was selected, though it is not shown by itself (RFC 5258 §3.5). */
  readonly childInfo: boolean;
}

/** What the user sees, with the levels above it that are not mailboxes. */
async function levels(session: SessionControl, { patterns }: ListRequest): Promise<readonly MailboxEntry[]> {
  // Up to its first wildcard a pattern says where to look: an administrator sees the mail of many.
  const [prefix = ''] = patterns.length === 1 ? (patterns[0] ?? '').split(/[*%]/) : [];
  const entries = await session.user.list({ prefix });
  const names = new Set(entries.map(({ name }) => name));
  const above = new Map<string, MailboxEntry>();
  for (const { name, ref } of entries) {
    if (ref === undefined) continue;
    for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) {
      const higher = name.slice(0, at);
      if (names.has(higher)) continue;
      names.add(higher);
      above.set(higher, level(higher, true));
    }
  }
  return above.size === 0 ? entries : [...entries, ...above.values()];
}

const level = (name: string, hasChildren: boolean): MailboxEntry => ({
  name,
  ref: undefined,
  specialUse: [],
  hasChildren,
  subscribed: false,
});

function matching(entries: readonly MailboxEntry[], { select, patterns, extended }: ListRequest): Match[] {
  const compiled = patterns.map((pattern) => new ListPattern(pattern));
  const matches = (name: string): boolean => compiled.some((pattern) => pattern.matches(name));
  const subscribed = select.has('SUBSCRIBED');
  const special = select.has('SPECIAL-USE');
  const selected = (entry: MailboxEntry): boolean =>
    (!subscribed || entry.subscribed) &&
    (!special || entry.specialUse.length > 0) &&
    // What is subscribed, and gone, is shown to who asks for subscriptions.
    (entry.ref !== undefined || entry.hasChildren || (extended && subscribed));
  // Names above one that is selected and not shown by itself.
  const parents = new Set<string>();
  const below = new Set<string>();
  if (select.has('RECURSIVEMATCH'))
    for (const entry of entries) {
      if (!selected(entry)) continue;
      const shown = matches(entry.name);
      for (let at = entry.name.lastIndexOf('/'); at > 0; at = entry.name.lastIndexOf('/', at - 1)) {
        below.add(entry.name.slice(0, at));
        if (!shown) parents.add(entry.name.slice(0, at));
      }
    }
  // Levels above a subscription whose mailbox is gone may be gone with it.
  const there = new Set(entries.map(({ name }) => name));
  const gone = [...parents].filter((name) => !there.has(name)).map((name) => level(name, false));
  return [...entries, ...gone]
    .filter((entry) => (selected(entry) || parents.has(entry.name)) && matches(entry.name))
    .map((entry) => ({
      entry,
      childInfo: below.has(entry.name) && (selected(entry) || parents.has(entry.name)),
    }));
}

function listText(session: SessionControl, { entry, childInfo }: Match, request: ListRequest): string {
  const extended = request.extended || session.enabled.has('IMAP4REV2');
  const flags = attributes(entry, extended, request);
  const info = childInfo
    ? ` (CHILDINFO (${[...request.select]
        .filter((option) => option === 'SUBSCRIBED' || option === 'SPECIAL-USE')
        .map((option) => `"${option}"`)
        .join(' ')}))`
    : '';
  return `LIST (${flags.join(' ')}) "/" ${mailboxName(entry.name, takesUtf8(session))}${info}`;
}

/** RFC 9051 §7.3.1. */
function attributes(entry: MailboxEntry, extended: boolean, request: ListRequest): string[] {
  const { select, returns, extended: asked } = request;
  const { ref, hasChildren, subscribed, specialUse } = entry;
  const flags: string[] = [];
  // Older clients do not know what \NonExistent is, and would open it.
  if (ref === undefined) flags.push(extended ? '\\NonExistent' : '\\Noselect');
  else if (!ref.mailbox.selectable) flags.push('\\Noselect');
  // Who writes the extended form asks for what he wants to know; others are told what they may not know to ask for.
  if (!asked || returns.has('CHILDREN')) flags.push(hasChildren ? '\\HasChildren' : '\\HasNoChildren');
  if (subscribed && (select.has('SUBSCRIBED') || returns.has('SUBSCRIBED'))) flags.push('\\Subscribed');
  const withUse = !asked || returns.has('SPECIAL-USE') || select.has('SPECIAL-USE');
  return withUse ? [...flags, ...specialUse] : flags;
}

/** A mailbox that went meanwhile, or does not show what was asked for, does not keep the others from being listed. */
async function unlessRefused(send: () => Promise<void>): Promise<void> {
  try {
    await send();
  } catch (error) {
    if (!(error instanceof StoreError && (error.reason === 'not-found' || error.reason === 'denied')))
      throw error;
  }
}

/** What was asked for beside the names. */
async function sendReturned(
  session: SessionControl,
  entry: MailboxEntry,
  request: ListRequest,
): Promise<void> {
  const { ref } = entry;
  if (ref === undefined) return;
  const named = { ...ref, name: entry.name };
  if (request.returns.has('MYRIGHTS')) {
    const rights = await session.user.acl.myRights(entry.name);
    session.send(`MYRIGHTS ${mailboxName(entry.name, takesUtf8(session))} ${rights === '' ? '""' : rights}`);
  }
  if (request.status !== undefined && ref.mailbox.selectable && ref.rights.has('r'))
    session.send(await statusText(session, named, request.status));
  if (request.metadata !== undefined) {
    const values = await session.user.metadata.get(entry.name, request.metadata);
    if (values.length > 0) sendMetadata(session, entry.name, values);
  }
}
