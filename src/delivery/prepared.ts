import { applyHeaderEdits } from '../message/edits.ts';
import { parseMessage } from '../message/parse.ts';
import type { HeaderEdit, Message } from '../message/types.ts';
import type { DeliveryRequest } from './types.ts';

/** Marks a mail as redirected by one of our accounts, so that it is not redirected by it again. */
export const REDIRECT_MARK = 'X-Tamis-Redirected';

/** A message as it is filed, made once for all its recipients: the edits of the filter done, old Return-Paths gone. */
export class PreparedMessage {
  /** The whole message, in pieces that share the bytes that were received. */
  readonly pieces: readonly Uint8Array[];
  /** Received fields the mail came with. */
  readonly received: number;
  readonly marks: ReadonlySet<string>;
  readonly lineEnding: '\r\n' | '\n';
  readonly #original: Message;
  readonly #edited: boolean;
  #message: Message | undefined;

  constructor(request: DeliveryRequest) {
    this.#original = parseMessage(request.raw);
    const { header } = this.#original;
    const edits = [...request.edits, ...withoutReturnPaths(this.#original, request.edits)];
    this.#edited = edits.length > 0;
    this.pieces = this.#edited ? applyHeaderEdits(this.#original, edits) : [request.raw];
    this.received = header.all('received').length;
    this.marks = new Set(header.all(REDIRECT_MARK).map((field) => field.value));
    const lineFeed = request.raw.indexOf(0x0a);
    this.lineEnding = lineFeed > 0 && request.raw[lineFeed - 1] !== 0x0d ? '\n' : '\r\n';
  }

  /** What the scripts see: the message with the edits, for they ask for X-Spam-Flag and its like. Parsed when first asked for. */
  get message(): Message {
    this.#message ??= this.#edited ? parseMessage(Buffer.concat(this.pieces)) : this.#original;
    return this.#message;
  }

  /** Header fields, one after another, to be put before the message. Values have no line endings. */
  fields(...fields: readonly (readonly [name: string, value: string])[]): Uint8Array {
    return Buffer.from(fields.map(([name, value]) => `${name}: ${value}${this.lineEnding}`).join(''), 'utf8');
  }
}

/** RFC 5321 §4.4: a message has one Return-Path, and it is written by who delivers it. */
function withoutReturnPaths(message: Message, edits: readonly HeaderEdit[]): HeaderEdit[] {
  const removed = new Set(
    edits
      .filter((edit) => edit.kind === 'remove' && edit.name.toLowerCase() === 'return-path')
      .map((edit) => (edit.kind === 'remove' ? edit.index : 0)),
  );
  return message.header
    .all('return-path')
    .map((_, index): HeaderEdit => ({ kind: 'remove', name: 'Return-Path', index: index + 1 }))
    .filter((edit) => edit.kind === 'remove' && !removed.has(edit.index));
}
