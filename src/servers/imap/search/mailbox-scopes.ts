import type { MailboxRef, MailUser } from '../../../store/mail/types.ts';
import { isPersonal } from '../notify/filters.ts';
import type { Session } from '../types.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { searchLimits } from './limits.ts';

/** One of the `IN (…)` of ESEARCH (RFC 7377 §2.2, with the filters of RFC 5465 §6). */
export interface MailboxFilter {
  readonly kind: 'selected' | 'inboxes' | 'personal' | 'subscribed' | 'subtree' | 'subtree-one' | 'mailboxes';
  /** Of `subtree`, `subtree-one` and `mailboxes`. */
  readonly names: readonly string[];
}

const KINDS: Readonly<Record<string, MailboxFilter['kind']>> = {
  SELECTED: 'selected',
  'SELECTED-DELAYED': 'selected',
  INBOXES: 'inboxes',
  PERSONAL: 'personal',
  SUBSCRIBED: 'subscribed',
  SUBTREE: 'subtree',
  'SUBTREE-ONE': 'subtree-one',
  MAILBOXES: 'mailboxes',
};

/** Reads `IN (…) ` when it stands there, with the space after it. */
export function parseFilters(args: Cursor): readonly MailboxFilter[] | undefined {
  if (!args.take('IN ')) return undefined;
  const filters: MailboxFilter[] = [];
  args.expect('(');
  for (;;) {
    const kind = KINDS[args.keyword()];
    if (kind === undefined) throw new BadArgument('There is no such set of mailboxes');
    const named = kind === 'subtree' || kind === 'subtree-one' || kind === 'mailboxes';
    if (named) args.space();
    filters.push({ kind, names: named ? parseNames(args) : [] });
    if (args.take(')')) break;
    args.space();
    // Options of the set, of which none is defined (RFC 7377 §2.2).
    if (args.peek() === '(') throw new BadArgument('There are no such options');
  }
  args.space();
  return filters;
}

/** `one-or-more-mailbox` of RFC 5465 §8. */
function parseNames(args: Cursor): readonly string[] {
  return args.peek() === '(' ? args.list(() => args.mailbox()) : [args.mailbox()];
}

/** Whether only the open mailbox is searched. */
export function onlySelected(filters: readonly MailboxFilter[]): boolean {
  return filters.every(({ kind }) => kind === 'selected');
}

/** The mailboxes meant, each once, that this user may read, without the open one; those he may not are as if they were not there. */
export async function otherMailboxes(
  session: Session,
  filters: readonly MailboxFilter[],
): Promise<readonly MailboxRef[]> {
  const { user } = session;
  const entries = (await user.list()).filter(({ name, subscribed }) =>
    filters.some((filter) => matches(filter, name, subscribed, user)),
  );
  const refs = entries
    .map(({ ref }) => ref)
    .filter((ref) => ref !== undefined && ref.mailbox.selectable && ref.rights.has('r'))
    .filter((ref) => ref !== undefined);
  if (refs.length > searchLimits.mailboxes)
    throw new Refusal(`More than ${searchLimits.mailboxes} mailboxes are too many for one search`, 'LIMIT');
  return refs;
}

function matches({ kind, names }: MailboxFilter, name: string, subscribed: boolean, user: MailUser): boolean {
  switch (kind) {
    case 'selected':
      return false;
    case 'inboxes':
    case 'personal':
      return isPersonal(name, user);
    case 'subscribed':
      return subscribed;
    case 'mailboxes':
      return names.includes(name);
    case 'subtree':
      return names.some((root) => name === root || name.startsWith(`${root}/`));
    case 'subtree-one':
      return names.some(
        (root) => name === root || (name.startsWith(`${root}/`) && !name.includes('/', root.length + 1)),
      );
  }
}
