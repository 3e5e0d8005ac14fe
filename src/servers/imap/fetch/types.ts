import type { MessageContent } from '../../../store/mail/content-types.ts';
import type { MessageFacts } from '../../../store/mail/types.ts';
import type { Piece } from '../wire/types.ts';

/** What rendering depends on, the same for all messages of a command. */
export interface FetchContext {
  /** Quoted strings may hold UTF-8 (RFC 6855 §3). */
  readonly utf8: boolean;
  /** Whether a message is \Recent; never where nobody is told. */
  readonly isRecent: (uid: number) => boolean;
}

/** One message while it is being fetched. */
export interface FetchedMessage {
  readonly facts: MessageFacts;
  readonly context: FetchContext;
  /** Throws `MessageGone` when it is not there any more. */
  content(): Promise<MessageContent>;
  /** Octets as IMAP sends them; throws `MessageGone` when they are not there any more. */
  octets(start: number, end: number): Promise<Buffer>;
}

/** Somebody else has expunged it. */
export class MessageGone extends Error {}

/** Takes the pieces of a response in their order. */
export interface FetchWriter {
  add(...pieces: readonly Piece[]): void;
  /** `label` and octets `[start, end)` of the message as a literal; long ones go out as they are read. */
  addOctets(label: string, message: FetchedMessage, start: number, end: number): Promise<void>;
}

interface Item {
  /** By it a second item that is the same is known; its name in the response. */
  readonly key: string;
}

/** Known from the index alone, without the content. */
export interface FactsItem extends Item {
  readonly needs: 'facts';
  /** Only when the file has been read. */
  readonly ofFile?: true;
  text(facts: MessageFacts, context: FetchContext): string;
}

/** Known from the description of the content. */
export interface ContentItem extends Item {
  readonly needs: 'content';
  text(content: MessageContent, context: FetchContext): string;
}

/** Of the octets themselves. */
export interface OctetsItem extends Item {
  readonly needs: 'octets';
  readonly marksSeen: boolean;
  /** Before anything of the message is sent: throws a `Refusal` when it cannot be had. */
  check?(message: FetchedMessage): Promise<void>;
  /** Reads before it adds: when it throws `MessageGone`, nothing has been added. */
  write(message: FetchedMessage, writer: FetchWriter): Promise<void>;
}

export type FetchItem = FactsItem | ContentItem | OctetsItem;
