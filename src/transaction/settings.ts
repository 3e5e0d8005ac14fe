export interface TransactionSettings {
  /**
   * What happens to a message that could not be scanned: `tempfail` answers 451, `accept` lets it through unscanned
   * (with a warning in the log).
   */
  failAction: 'tempfail' | 'accept';
  /** Text of the 550 when the filter says reject and gives no text of its own. Printable ASCII. */
  rejectText: string;
  /** Text of the 451 for `greylist` and `soft reject`, likewise. */
  softRejectText: string;
  /** Whether mail of clients that logged in is scanned. */
  scanAuthenticated: boolean;
  /** Clients whose mail is never scanned: `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`. */
  trustedNetworks: string[];
  /** Seconds after which an answer of the scanner is no longer waited for. */
  scanDeadline: number;
}

export const defaultTransactionSettings: TransactionSettings = {
  // The sender tries again for days, so nothing is lost; unscanned spam cannot be called back.
  failAction: 'tempfail',
  rejectText: 'Message refused as spam',
  softRejectText: 'Please try again later',
  // A stolen password is the usual source of outgoing spam.
  scanAuthenticated: true,
  trustedNetworks: [],
  // Clients wait ten minutes after the final dot (RFC 5321 §4.5.3.2.6), Postfix five for a milter. The pool's own
  // limits are far below: this one only keeps a fault of ours from holding connections.
  scanDeadline: 240,
};
