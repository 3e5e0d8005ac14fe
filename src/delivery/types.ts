import type { Envelope, Recipient } from '../message/envelope.ts';
import type { HeaderEdit } from '../message/types.ts';
import type { Reply } from '../policy/reply.ts';
import type { Staged } from '../store/types.ts';

/** A message to put into mailboxes, after the filter. */
export interface DeliveryRequest {
  id: string;
  raw: Uint8Array;
  envelope: Envelope;
  /** Edits of the verdict, applied before anything is stored or sent on. */
  edits: readonly HeaderEdit[];
  /** Goes to Junk unless the owner's script says otherwise. */
  spam: boolean;
  score: number;
  /** Score from which it counts as spam; absent: nobody has looked at it now. */
  required?: number | undefined;
  /** What verifying it gave; absent: nobody has verified it now. */
  authentication?: ReceivedResults | undefined;
  /** Recipients that are not ours are sent on: policy let this client relay. Otherwise they are unknown (550). */
  relay?: boolean;
}

/** What was found out about a mail when it came in, as far as a seal tells it. */
export interface ReceivedResults {
  /** Value of our Authentication-Results. */
  readonly field: string;
  /** The chain of seals it came with. */
  readonly arc: { readonly result: string };
}

export interface RecipientOutcome {
  recipient: Recipient;
  /** 250 only when everything the script asked for is durable. */
  reply: Reply;
}

/** Local delivery: recipient → script → actions → store and outbound spool. One answer per recipient (RFC 2033). */
export interface Delivery {
  /** Never rejects. The outcomes stand in the order of `envelope.recipients`. */
  deliver(request: DeliveryRequest): Promise<RecipientOutcome[]>;
}

/** Mail that Tamis itself sends on: redirects, relayed mail, bounces, replies and notifications. Survives a restart. */
export interface Outbound {
  /** Durable when it resolves. Returns the spool id. */
  enqueue(mail: OutboundMail): Promise<string>;
  /** The first half of {@link enqueue}: durable, but not sent before it is committed. Commits to the spool id. */
  stage(mail: OutboundMail): Promise<Staged<string>>;
}

export interface OutboundMail {
  /** Id of the message that caused it, for the log. */
  cause: string;
  sender: string;
  recipients: readonly string[];
  pieces: readonly Uint8Array[];
  /** A bounce is never bounced (RFC 5321 §4.5.5). */
  kind: 'redirect' | 'relay' | 'bounce' | 'vacation' | 'notify' | 'report';
  /** What the next server is asked for, where it can (RFC 3461 §4). */
  dsn?: OutboundDsn;
  /** When it is given up, milliseconds since the epoch; before the lifetime of all mail (RFC 2852 §4). */
  deadline?: number;
  /** Of somebody else's mail: what its seal will tell; without it, it is not sealed. */
  received?: ReceivedResults;
  /** Whose script made it; absent: the server did. */
  account?: string;
  /** Not sent before, milliseconds since the epoch. */
  notBefore?: number;
}

/** Signs what we make and seals what we send on. */
export interface OutboundSigner {
  /** Header fields to be put on top. Rejects when the mail is not to leave without them, and they cannot be made now. */
  fields(mail: OutboundMail): Promise<Uint8Array>;
}

/** Parameters of MAIL and RCPT (RFC 3461 §4.1, RFC 3461 §4.3). */
export interface OutboundDsn {
  /** `NEVER`, or some of `SUCCESS`, `FAILURE` and `DELAY` with commas between. */
  notify?: string;
  ret?: 'FULL' | 'HDRS';
}

/** The way back into this system, for mail from the spool to recipients whose mailboxes are here. */
export interface LocalRoute {
  /** Whether the address is delivered here. Rejects when that cannot be known now. */
  isLocal(address: string): Promise<boolean>;
  /** Delivers, with an outcome per recipient; a rejection counts as temporary. */
  submit(mail: LocalMail): Promise<readonly LocalOutcome[]>;
}

export interface LocalMail {
  id: string;
  sender: string;
  recipients: readonly string[];
  raw: Uint8Array;
}

export interface LocalOutcome {
  recipient: string;
  reply: Reply;
}
