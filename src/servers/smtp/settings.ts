/** The server behind us, which gets the message in the transaction in which we get it. */
export interface NextHopSettings {
  /** `host:port`, `[ipv6]:port` or `unix:/path`; '' for none: mail is delivered here. */
  address: string;
  /**
   * `none`; `may`: STARTTLS when offered, without looking at the certificate, in clear when it fails; `encrypt`: never
   * in clear; `verify`: the certificate must be valid for the host as well.
   */
  tls: 'none' | 'may' | 'encrypt' | 'verify';
  /** How the next hop is told who the client is, where it announces the extension. */
  forwardClient: 'xforward' | 'xclient' | 'none';
  /** Seconds for connection, greeting, EHLO and TLS, each. */
  connectTimeout: number;
  /** Seconds for the answer to MAIL, RCPT and DATA, and for each piece of the message to be taken. */
  commandTimeout: number;
  /** Seconds for the answer to the message. */
  dataTimeout: number;
  /** Seconds between NOOPs while the client is still sending its message; 0: none. */
  keepAlive: number;
}

/** What SMTP and LMTP servers share. */
export interface SessionSettings {
  /** Where to listen: `host:port`, `[ipv6]:port` or `unix:/path`. */
  listen: string[];
  /** Largest message, octets; announced as SIZE. */
  messageBytes: number;
  /** Recipients of one transaction. */
  recipients: number;
  /** Connections at the same time. */
  connections: number;
  /** Connections at the same time from one address. */
  connectionsPerAddress: number;
  /** Errors (4xx and 5xx answers to commands) after which a connection is closed; a delivered message clears them. */
  errors: number;
  /** Commands without a message among them after which a connection is closed. */
  commands: number;
  /** Octets of a command line. */
  commandLine: number;
  /** Octets of a line of the message; 0: any. */
  messageLine: number;
  /** Seconds a client may be silent. */
  idleTimeout: number;
  /** Seconds from DATA to the final dot. */
  messageTimeout: number;
  /** What happens to a message with a CR or LF that is not part of CRLF. */
  bareLineEndings: 'refuse' | 'normalise';
  /**
   * Peers that start with a PROXY header, may use XCLIENT, may use XFORWARD: addresses and networks as in
   * `192.0.2.0/24`, and `unix` for every peer of a unix socket.
   */
  proxyProtocol: string[];
  xclient: string[];
  xforward: string[];
  /** Whether our Received field is added (RFC 5321 §4.4). */
  received: boolean;
  /** File mode of unix sockets. */
  socketMode: number;
}

export interface SmtpSettings extends SessionSettings {
  /** Milliseconds between connection and greeting; who talks before it is turned away. Not for peers trusted above. */
  greetingDelay: number;
  nextHop: NextHopSettings;
}

export const defaultSessionSettings: SessionSettings = {
  listen: [],
  // 50 MB: twice what the big providers take from each other, so the limit is met here last.
  messageBytes: 50 * 1024 * 1024,
  // RFC 5321 §4.5.3.1.8 asks for 100 at least; 1000 is what Postfix sends at most.
  recipients: 1000,
  // Some 30 kB each while idle; a message in flight costs its size, and these are few.
  connections: 1000,
  // A big provider's outgoing host opens some twenty; one host must not take all the connections.
  connectionsPerAddress: 50,
  // Postfix's hard limit: an honest client with a list of dead addresses stays below it, a guesser does not.
  errors: 20,
  // MAIL, a thousand RCPT and DATA must fit; NOOP and RSET without end must not.
  commands: 1200,
  // RFC 4954 §4 asks for 12288 where AUTH is offered; RFC 5321 §4.5.3.1.4 says 512 without.
  commandLine: 12_288,
  // RFC 5321 §4.5.3.1.6 says 1000, and much real mail has longer lines. The next hop folds or refuses as it likes.
  messageLine: 0,
  // RFC 5321 §4.5.3.2.7: at least five minutes.
  idleTimeout: 300,
  // 50 MB over a line of 256 kbit/s.
  messageTimeout: 1800,
  // RFC 5321 §2.3.8: CR and LF only together. A sender that breaks this is a broken program or an attacker.
  bareLineEndings: 'refuse',
  // Whoever is named in these can pretend to be any client.
  proxyProtocol: [],
  xclient: [],
  xforward: [],
  // Whoever looks for where a message was delayed or changed needs every hop.
  received: true,
  // The MTA reaches it through its group.
  socketMode: 0o660,
};

export const defaultSmtpSettings: SmtpSettings = {
  ...defaultSessionSettings,
  // Enough to catch a sender that does not wait; a mail server does not notice it.
  greetingDelay: 100,
  nextHop: {
    address: '',
    // RFC 7435 §3: better than clear text, and a next hop nearby rarely has a certificate somebody signed.
    tls: 'may',
    // For the next hop's log. XCLIENT would have it apply its own rules for outside clients.
    forwardClient: 'xforward',
    // The client waits for MAIL meanwhile: all four of these must fit into its five minutes.
    connectTimeout: 30,
    // RFC 5321 §4.5.3.2 says five minutes; the client waits as long for us, so ours must end first.
    commandTimeout: 150,
    // RFC 5321 §4.5.3.2.6 says ten minutes; the client waits as long for us, and we scan in that time too.
    dataTimeout: 300,
    // Postfix closes after 300 s of silence (10 s under load), which a slow client would run into.
    keepAlive: 60,
  },
};
