export interface Pop3Settings {
  /** Where to listen: `host:port`, `[ipv6]:port` or `unix:/path`; TLS begins with STLS. */
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
  /** Seconds a client that has logged in may be silent. */
  idleTimeout: number;
  /** Logins that may fail on one connection. */
  loginAttempts: number;
  /** Seconds between two logins of an account; 0: none. */
  loginDelay: number;
  /** Commands in a row that are refused before a connection is closed. */
  errors: number;
  /** Octets of a command. */
  lineBytes: number;
  /** What was fetched whole has been seen, when IMAP looks at it. */
  markSeen: boolean;
  /** File mode of unix sockets. */
  socketMode: number;
}

export const defaultPop3Settings: Pop3Settings = {
  // Ports 110 and 995; off until the admin says so.
  listen: [],
  listenTls: [],
  // Clients come, fetch and go; 500 at a time serve tens of thousands of them.
  connections: 1000,
  // An office behind one address.
  connectionsPerAddress: 100,
  // One connection a device; one that broke is not noticed at once.
  connectionsPerUser: 10,
  // Some programs connect first and then ask for the password.
  loginTimeout: 180,
  // RFC 1939 §3 asks for at least 10 minutes.
  idleTimeout: 600,
  // A person mistypes a password twice, and a program tries each mechanism.
  loginAttempts: 6,
  // Programs that look for mail each minute do no harm to an index.
  loginDelay: 0,
  // No program makes as many mistakes in a row; messages that IMAP has removed meanwhile are none.
  errors: 20,
  // Room for a token of an identity provider in Base64 (some thousand octets).
  lineBytes: 16 * 1024,
  // Who reads his mail by POP3 on one machine and by IMAP on another knows then what is new.
  markSeen: true,
  // Web mail reaches it through its group.
  socketMode: 0o660,
};
