import type { MessageContent } from '../../../store/mail/content-types.ts';
import type { Mailbox, MessageFacts } from '../../../store/mail/types.ts';
import { type FetchContext, type FetchedMessage, MessageGone } from './types.ts';

/** Messages up to this size are read once and whole: several items of one cost no more than one. */
const READ_WHOLE = 256 * 1024;

/** A message of a mailbox; what was read of it is kept while its items are made. */
export class MailboxMessage implements FetchedMessage {
  readonly facts: MessageFacts;
  readonly context: FetchContext;
  readonly #mailbox: Mailbox;
  #content: Promise<MessageContent | undefined> | undefined;
  #whole: Promise<Buffer | undefined> | undefined;

  constructor(mailbox: Mailbox, facts: MessageFacts, context: FetchContext) {
    this.#mailbox = mailbox;
    this.facts = facts;
    this.context = context;
  }

  async content(): Promise<MessageContent> {
    this.#content ??= this.#mailbox.content(this.facts.uid);
    return there(await this.#content);
  }

  async octets(start: number, end: number): Promise<Buffer> {
    if (this.facts.size > READ_WHOLE) return there(await this.#mailbox.bytes(this.facts.uid, { start, end }));
    this.#whole ??= this.#mailbox.bytes(this.facts.uid);
    return there(await this.#whole).subarray(start, end);
  }
}

function there<T>(found: T | undefined): T {
  if (found === undefined) throw new MessageGone('the message is gone');
  return found;
}
