import type { Client, Envelope, Recipient } from '../message/envelope.ts';
import type { Reply } from './reply.ts';

/** Which server the mail came in by. */
export type Protocol = 'milter' | 'smtp' | 'lmtp';

/** Who asks: the client as it is known at this moment, and the server it talks to. */
export interface Peer {
  readonly protocol: Protocol;
  readonly client: Client;
}

/** What policy looks at in MAIL FROM. */
export interface SenderRequest {
  /** Without angle brackets; '' for the null reverse-path. */
  readonly sender: string;
  /** SIZE= in octets (RFC 1870 §3). */
  readonly size?: number;
  readonly smtputf8?: boolean;
}

/**
 * Who may do what, asked at each stage of SMTP. The answer is a {@link Reply} that refuses, or undefined to go on.
 * Rejects only when it cannot know now (`StateError`): the caller answers 4xx.
 */
export interface Policy {
  connection(peer: Peer): Promise<Reply | undefined>;
  helo(peer: Peer, name: string): Promise<Reply | undefined>;
  mail(peer: Peer, mail: SenderRequest): Promise<Reply | undefined>;
  /** `envelope.recipients` are those accepted so far, without `recipient`. */
  rcpt(peer: Peer, envelope: Envelope, recipient: Recipient): Promise<Reply | undefined>;
  data(peer: Peer, envelope: Envelope): Promise<Reply | undefined>;
  /** The size the message really has, in octets: SIZE= is only what a client announced. */
  message(peer: Peer, size: number): Reply | undefined;
}
