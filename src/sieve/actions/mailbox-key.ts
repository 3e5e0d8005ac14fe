/** Names the mailbox in a result: no message is put twice into one (RFC 5228 §2.10.3). `INBOX` is the inbox in any case. */
export function mailboxKey(mailbox: string): string {
  return `mailbox ${/^inbox$/i.test(mailbox) ? 'INBOX' : mailbox}`;
}
