import type { MailboxTarget } from '../types.ts';

/** Names the mailbox in a result: no message is put twice into one (RFC 5228 §2.10.3). `INBOX` is the inbox in any case. */
export function mailboxKey({ mailbox, mailboxId, specialUse }: MailboxTarget): string {
  const name = /^inbox$/i.test(mailbox) ? 'INBOX' : mailbox;
  if (mailboxId !== undefined) return `mailbox id ${mailboxId}`;
  // Which one it is shows when the message is filed.
  return specialUse === undefined ? `mailbox ${name}` : `mailbox ${specialUse.toLowerCase()} ${name}`;
}
