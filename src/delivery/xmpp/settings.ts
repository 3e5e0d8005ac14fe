/** The account that notifications by XMPP are sent from (RFC 5437). */
export interface XmppSettings {
  /** `local@domain`, or `local@domain/resource`; '' for none: scripts cannot notify by XMPP. */
  jid: string;
  password: string;
  /** `xmpp://host:port` (STARTTLS) or `xmpps://host:port` (TLS from the beginning); '' for the domain itself. */
  service: string;
  /** Whether the password and the text may be sent without TLS: for a server on the same machine. */
  allowPlain: boolean;
}

export const defaultXmppSettings: XmppSettings = {
  jid: '',
  password: '',
  service: '',
  // A notification says who writes to whom, and of what.
  allowPlain: false,
};
