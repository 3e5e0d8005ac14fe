/** Limits and times of the milter server. */
export interface MilterSettings {
  /** Connections at a time; more are hung up on, which the MTA takes for a filter that failed. */
  maxConnections: number;
  /** Bytes of one packet, command byte included. */
  maxPacketBytes: number;
  /** Bytes of one message, header and body. */
  maxMessageBytes: number;
  /** What becomes of a larger message: `refuse` (552 5.3.4) or `accept` it unscanned, with a line in the log. */
  oversize: 'refuse' | 'accept';
  /** Milliseconds without a byte from the MTA after which a connection is closed. */
  idleTimeout: number;
  /** Milliseconds between two signs of life while a message is judged. */
  progressInterval: number;
  /** Milliseconds that `close` waits for messages under way. */
  drainTimeout: number;
  /** File mode of a unix socket. */
  socketMode: number;
}

export const defaultMilterSettings: MilterSettings = {
  // Postfix keeps one connection per smtpd process and runs 100 of them by default; this is room for five such hosts.
  maxConnections: 500,
  // A mebibyte is the largest packet the protocol has (SMFIP_MDS_1M), and far above Postfix's header_size_limit.
  maxPacketBytes: 1024 * 1024,
  // Above what public mail systems take (25 to 50 MB, a third more in base64), and still safe to hold in memory.
  maxMessageBytes: 100 * 1024 * 1024,
  // The MTA's own size limit should be lower, so this is never met by accident; unscanned mail is the worse surprise.
  oversize: 'refuse',
  // As libmilter: Sendmail lets its client think for an hour between two commands, and tells us nothing meanwhile.
  idleTimeout: 7_210_000,
  // Sendmail's shortest usual time limit while it waits is 10 s for a reply at other stages and 300 s here; ten
  // seconds is often enough for any of them, and is nothing to the network.
  progressInterval: 10_000,
  // A message is judged in far less; systemd sends SIGKILL after 90 s.
  drainTimeout: 30_000,
  // The MTA runs as another user; the folder decides who may come near.
  socketMode: 0o660,
};
