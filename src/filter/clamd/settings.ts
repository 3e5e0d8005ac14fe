/** Settings of the virus scanner clamd, with their defaults and the reason of each. */
import type { Action } from '../types.ts';

export interface ClamdSettings {
  /** `host:port` or `unix:/path`; empty: messages are not shown to it. */
  server: string;
  /** What is done with a message in which it finds something, at least. */
  action: Action;
  /** Text of that refusal. */
  text: string;
  /** What is done with a message that it cannot judge: 4xx, or as if there were no scanner. */
  failAction: 'tempfail' | 'accept';
  /** Octets; larger messages are not shown to it. */
  messageBytes: number;
  /** Messages it has at once; others wait. */
  connections: number;
  /** Milliseconds from when a message is here until it is given up, waiting included. */
  timeout: number;
}

export const defaultClamdSettings: ClamdSettings = {
  // It is another program, which the admin has installed and feeds with signatures, or not.
  server: '',
  // Signatures of viruses hardly ever hit anything else.
  action: 'reject',
  text: 'Message refused: it holds a virus',
  // The sender tries again, and nothing is let in unseen by whom the admin wants to see it.
  failAction: 'tempfail',
  // StreamMaxLength of Debian's clamd.conf: what is longer it refuses.
  messageBytes: 25 * 1024 * 1024,
  // MaxThreads of Debian's clamd.conf is 12; others use it too.
  connections: 10,
  // It takes tens of milliseconds, and up to MaxScanTime (120 s) for archives; Postfix waits 300 s for us.
  timeout: 60_000,
};
