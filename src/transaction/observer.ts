import type { ScanError, Verdict } from '../filter/types.ts';
import type { Envelope } from '../message/envelope.ts';
import type { Reply } from '../policy/reply.ts';
import type { Protocol } from '../policy/types.ts';
import type { Transaction } from './types.ts';

export type Outcome = Parameters<Transaction['finish']>[0];
export type Stage = 'connect' | 'helo' | 'mail' | 'rcpt' | 'data' | 'message';
/** Why there is no verdict. `error`: a fault of ours. */
export type ScanFailure = ScanError['reason'] | 'error';

/** Is told what happens, for metrics. What it throws is logged and changes nothing. */
export interface Observer {
  /** MAIL FROM was accepted. */
  begun?(protocol: Protocol): void;
  /** Policy said no. */
  refused?(protocol: Protocol, stage: Stage, reply: Reply): void;
  /** `seconds` from the end of the message to the verdict, waiting in the queue included. */
  verdict?(protocol: Protocol, verdict: Verdict, seconds: number): void;
  scanFailed?(protocol: Protocol, reason: ScanFailure): void;
  /** There is a verdict for the message with this envelope, which may still change: read it now. */
  judged?(envelope: Readonly<Envelope>, verdict: Verdict): void;
  /** `aborted` when the client took it back or went away. `seconds` since MAIL FROM. */
  finished?(protocol: Protocol, outcome: Outcome | 'aborted', seconds: number): void;
}
