import { applyHeaderEdits } from '../message/edits.ts';
import { parseMessage } from '../message/parse.ts';
import type { Header, HeaderEdit, Message, Part } from '../message/types.ts';

/**
 * The message as a script has made it so far. Immutable: each change makes a new one, so that an action keeps the one
 * it was decided on (RFC 5293 §7, RFC 6558 §2.1). Bytes that are not changed are views of those received, and nothing
 * is parsed before it is asked for.
 */
export class EditedMessage {
  /** As it came: what reports to others are about (RFC 5293 §7). */
  readonly received: Message;
  /** Header with its empty line, and what comes behind; undefined: as received. */
  readonly #head: Uint8Array | undefined;
  readonly #body: readonly Uint8Array[] | undefined;
  /** What `redirect` sends, where that is another: the message before it was enclosed (RFC 5703 §6). */
  readonly #forwarded: EditedMessage | undefined;
  #message: Message | undefined;
  #header: Header | undefined;

  constructor(
    received: Message,
    changed?: { head: Uint8Array; body: readonly Uint8Array[] | undefined },
    forwarded?: EditedMessage,
  ) {
    this.received = received;
    this.#head = changed?.head;
    this.#body = changed?.body;
    this.#forwarded = forwarded;
  }

  get message(): Message {
    if (this.#head === undefined) return this.received;
    this.#message ??= parseMessage(Buffer.concat(this.pieces));
    return this.#message;
  }

  /** The message's header; where the body is as received, made without it. */
  get header(): Header {
    if (this.#head === undefined) return this.received.header;
    this.#header ??= this.#message?.header ?? parseMessage(this.#head).header;
    return this.#header;
  }

  /** The whole message, to be written one after another. */
  get pieces(): readonly Uint8Array[] {
    if (this.#head === undefined) return [this.received.raw];
    return [this.#head, ...(this.#body ?? [bodyOf(this.received)])];
  }

  /** Other bytes than those received. */
  get changed(): boolean {
    if (this.#head === undefined) return false;
    return this.#body !== undefined || !Buffer.from(this.#head).equals(headOf(this.received));
  }

  /** Octets of the header: what an edit of it costs. */
  get headLength(): number {
    return this.#head?.length ?? this.received.root.bodyStart;
  }

  /** The message that `redirect` sends on. */
  get forwarded(): EditedMessage {
    return this.#forwarded ?? this;
  }

  /** With other header fields. The edits count in the header as it is now; they must be checked. */
  withFields(edits: readonly HeaderEdit[]): EditedMessage {
    const head = Buffer.concat(applyHeaderEdits(this.#head ?? completeHead(this.received), edits));
    return new EditedMessage(this.received, { head, body: this.#body }, this.#forwarded);
  }

  /** With other bytes in the place of a part of {@link message}. */
  withPart(part: Part, bytes: readonly Uint8Array[]): EditedMessage {
    const { raw } = this.message;
    return this.withBytes([raw.subarray(0, part.start), ...bytes, raw.subarray(part.end)]);
  }

  /** With another content altogether, as a program gave it back. */
  withBytes(pieces: readonly Uint8Array[]): EditedMessage {
    return new EditedMessage(this.received, split(pieces), this.#forwarded);
  }

  /** Enclosed in a new message; `redirect` sends it without that (RFC 5703 §6). */
  enclosedIn(pieces: readonly Uint8Array[]): EditedMessage {
    return new EditedMessage(this.received, split(pieces), this.forwarded);
  }
}

function split(pieces: readonly Uint8Array[]): { head: Uint8Array; body: readonly Uint8Array[] } {
  const raw = Buffer.concat(pieces);
  const message = parseMessage(raw);
  return { head: completeHead(message), body: [bodyOf(message)] };
}

const headOf = (message: Message): Uint8Array => message.raw.subarray(0, message.root.bodyStart);
const bodyOf = (message: Message): Uint8Array => message.raw.subarray(message.root.bodyStart);

/** CRLF unless the first line of the message ends in LF alone. */
export function lineEndingOf(raw: Uint8Array): '\r\n' | '\n' {
  const lf = raw.indexOf(0x0a);
  return lf === 0 || (lf > 0 && raw[lf - 1] !== 0x0d) ? '\n' : '\r\n';
}

/** The header with its empty line, which is added where the message has none: the body must not become a field. */
function completeHead(message: Message): Uint8Array {
  const head = headOf(message);
  if (message.root.bodyStart > message.header.end) return head;
  const end = lineEndingOf(message.raw);
  const unfinished = head.length > 0 && head.at(-1) !== 0x0a;
  return Buffer.concat([head, Buffer.from(unfinished ? end + end : end)]);
}
