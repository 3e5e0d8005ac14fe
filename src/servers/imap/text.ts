import type { Session } from './types.ts';

/** Whether the client reads UTF-8 in quoted strings, and names of mailboxes as they are (RFC 6855 §3, RFC 9051 §5.1). */
export const takesUtf8 = ({ enabled }: Pick<Session, 'enabled'>): boolean =>
  enabled.has('UTF8=ACCEPT') || enabled.has('IMAP4REV2');
