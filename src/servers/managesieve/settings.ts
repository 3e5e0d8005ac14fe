export interface ManageSieveSettings {
  /** Where to listen: `host:port`, `[ipv6]:port` or `unix:/path`. */
  listen: string[];
  /** Connections at the same time. */
  connections: number;
  /** Connections at the same time from one address. */
  connectionsPerAddress: number;
  /** Seconds a client may take until it has logged in. */
  loginTimeout: number;
  /** Seconds a client that has logged in may be silent. */
  idleTimeout: number;
  /** Logins that may fail on one connection. */
  loginAttempts: number;
  /** Commands that are refused, one after another, before a connection is closed. */
  errors: number;
  /** Octets of a command without its literals; of a literal, before login. */
  lineBytes: number;
  /** File mode of unix sockets. */
  socketMode: number;
}

export const defaultManageSieveSettings: ManageSieveSettings = {
  // Its port is 4190 (RFC 5804 §1.8); users' scripts are offered for change when the admin says so.
  listen: [],
  // Scripts are edited now and then; an editor keeps its connection open meanwhile.
  connections: 500,
  // Web mail servers and offices behind one address.
  connectionsPerAddress: 20,
  // Some programs connect first and then ask for the password.
  loginTimeout: 180,
  // RFC 5804 asks for at least 30 minutes.
  idleTimeout: 1800,
  // A person mistypes a password twice, and a program tries each mechanism.
  loginAttempts: 6,
  // No program makes as many mistakes in a row; a script that is refused is none.
  errors: 20,
  // Room for a token of an identity provider in Base64 (some thousand octets).
  lineBytes: 32 * 1024,
  // Web mail reaches it through its group.
  socketMode: 0o660,
};
