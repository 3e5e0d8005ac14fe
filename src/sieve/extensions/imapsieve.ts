import type { EnvironmentItem, Extension } from '../definitions.ts';
import type { ImapEvent } from '../types.ts';

function item(name: string, value: (event: ImapEvent) => string): EnvironmentItem {
  return {
    name: `imap.${name}`,
    value: ({ input }) => (input.imap === undefined ? undefined : value(input.imap)),
  };
}

/** What the script may know of the event. */
const environment: readonly EnvironmentItem[] = [
  item('cause', ({ cause }) => cause),
  item('mailbox', ({ mailbox }) => mailbox),
  // Who files is nobody when mail is delivered (RFC 6785 §4.2).
  { name: 'imap.user', value: ({ input }) => input.imap?.user ?? '' },
  { name: 'imap.email', value: ({ input }) => input.imap?.email ?? '' },
  item('changedflags', ({ changedFlags }) => changedFlags.join(' ')),
];

/**
 * RFC 6785: scripts that are run when a message is put into a mailbox, or its flags change. Actions then mean what
 * {@link ImapEvent} says of them.
 */
export const imapSieve: Extension = {
  capability: 'imapsieve',
  needs: 'it is run by events of IMAP, and none runs scripts here',
  effective: true,
  environment,
};
