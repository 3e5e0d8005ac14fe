/** Who is at the other end of a connection. */
export interface Client {
  /** IPv4 or IPv6 address as text; undefined for a unix socket or an unknown family. */
  address?: string;
  port?: number;
  /** Verified reverse name, when the server that took the connection gave one. */
  name?: string;
  /** What HELO or EHLO said. */
  helo?: string;
  /** Login name when the client authenticated. */
  user?: string;
  tls?: { version?: string; cipher?: string };
}

/** One RCPT TO. */
export interface Recipient {
  /** Without angle brackets, as it came (case kept). */
  address: string;
  /** DSN parameters of RFC 3461. */
  orcpt?: string;
  notify?: string;
}

/** What SMTP said of a message (RFC 5321 §3.3): never taken from the message itself. */
export interface Envelope {
  client: Client;
  /** MAIL FROM without angle brackets; '' for the null reverse-path. */
  sender: string;
  recipients: Recipient[];
  /** RFC 6531: the envelope or the header may hold UTF-8. */
  smtputf8?: boolean;
  /** BODY=8BITMIME or BINARYMIME (RFC 6152, 3030). */
  body?: '7BIT' | '8BITMIME' | 'BINARYMIME';
  /** DSN parameters of MAIL (RFC 3461). */
  ret?: 'FULL' | 'HDRS';
  envid?: string;
}
