export interface ImapSettings {
  /** Where to listen: `host:port`, `[ipv6]:port` or `unix:/path`; TLS begins with STARTTLS. */
  listen: string[];
  /** The same, for connections that begin with TLS. */
  listenTls: string[];
  /** Connections at the same time. */
  connections: number;
  /** Connections at the same time from one address. */
  connectionsPerAddress: number;
  /** Sessions of one account at the same time. */
  connectionsPerUser: number;
  /** Seconds a client may take until it has logged in. */
  loginTimeout: number;
  /** Seconds a client that has logged in may be silent; IDLE counts as silence. */
  idleTimeout: number;
  /** Logins that may fail on one connection. */
  loginAttempts: number;
  /** Commands in a row that are no commands (BAD) before a connection is closed. */
  errors: number;
  /** Octets of a command without its literals. */
  lineBytes: number;
  /** Octets of the literals of a command that brings no message. */
  literalBytes: number;
  /** Octets of all messages that one command brings. */
  multiappendBytes: number;
  /** Octets of a command before login; of its literals, too. */
  loginBytes: number;
  /** File mode of unix sockets. */
  socketMode: number;
}

export const defaultImapSettings: ImapSettings = {
  // Ports 143 and 993; mail is offered for reading when the admin says so.
  listen: [],
  listenTls: [],
  // An idle session takes some ten KiB.
  connections: 10_000,
  // An office behind one address; web mail servers are given more.
  connectionsPerAddress: 500,
  // Thunderbird opens five, a phone two or three, and people have several of each.
  connectionsPerUser: 50,
  // Some programs connect first and then ask for the password.
  loginTimeout: 180,
  // RFC 9051 §5.4 asks for at least 30 minutes.
  idleTimeout: 1860,
  // A person mistypes a password twice, and a program tries each mechanism.
  loginAttempts: 6,
  // No program makes as many mistakes in a row.
  errors: 20,
  // Clients list thousands of UIDs in one command.
  lineBytes: 256 * 1024,
  // A search for a long text, an annotation.
  literalBytes: 1024 * 1024,
  // Programs that move mail send some hundred messages at a time; they are in memory until they are written.
  multiappendBytes: 256 * 1024 * 1024,
  // Room for a token of an identity provider in Base64 (some thousand octets).
  loginBytes: 16 * 1024,
  // Web mail reaches it through its group.
  socketMode: 0o660,
};
