import type { MailboxEntry, MailUser } from '../../../store/mail/types.ts';
import type { EventGroup } from '../types.ts';

/** The group that is about a mailbox: the first one that matches (RFC 5465 §6). */
export const groupFor = (
  groups: readonly EventGroup[],
  entry: MailboxEntry,
  user: Pick<MailUser, 'account' | 'namespaces'>,
): EventGroup | undefined => groups.find((group) => matches(group, entry, user));

function matches(
  { filter, names }: EventGroup,
  { name, subscribed }: MailboxEntry,
  user: Pick<MailUser, 'account' | 'namespaces'>,
): boolean {
  switch (filter) {
    case 'personal':
      return isPersonal(name, user);
    case 'inboxes':
      // RFC 5465 §6.3: where mail is delivered: INBOX, and what Sieve files into, which is any of his own.
      return isPersonal(name, user);
    case 'subscribed':
      return subscribed;
    case 'mailboxes':
      return names.includes(name);
    case 'subtree':
      return names.some((root) => name === root || name.startsWith(`${root}/`));
    default:
      return false;
  }
}

/** Not what others share, and not public. */
export const isPersonal = (name: string, { namespaces }: Pick<MailUser, 'namespaces'>): boolean =>
  ![...namespaces.others, ...namespaces.shared].some(
    ({ prefix, delimiter }) => name.startsWith(prefix) || `${name}${delimiter}` === prefix,
  );
