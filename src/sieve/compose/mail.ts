import { foldHeaderValue } from '../../message/fold.ts';
import { encodeWords } from '../../message/words.ts';

/** A mail that a script causes to be sent; whoever delivers only has to send it. */
export interface GeneratedMail {
  /** MAIL FROM; '' for the null reverse-path. */
  readonly sender: string;
  readonly recipients: readonly string[];
  /** Header and body, with CRLF. */
  readonly raw: Uint8Array;
}

/** One header field; the value is written as it is, but for what would end the line. */
export type Field = readonly [name: string, value: string];

/** The fields that describe a body, and the body. */
export interface MailBody {
  readonly fields: readonly Field[];
  readonly content: Uint8Array;
}

/**
 * A whole message. Values are folded (RFC 5322 §2.2.3); control characters in them become spaces, so that no value can
 * begin another field. Characters beyond ASCII stay as they are (RFC 6532): encode text with {@link unstructured}.
 */
export function composeMail(fields: readonly Field[], body: MailBody): Uint8Array {
  const lines = [...fields, ...body.fields].map(
    ([name, value]) => `${name}: ${foldHeaderValue(name, oneLine(value)).replaceAll('\n', '\r\n')}\r\n`,
  );
  return Buffer.concat([Buffer.from(`${lines.join('')}\r\n`.toWellFormed(), 'utf8'), body.content]);
}

/** Text for an unstructured field, as RFC 2047 §5 wants it. */
export function unstructured(text: string): string {
  return encodeWords(oneLine(text));
}

/** Text without line breaks and control characters. */
export function oneLine(text: string): string {
  return text.replace(/(?:\r\n|[\0-\x08\n-\x1f\x7f\u0085\u2028\u2029])+/g, ' ').trim();
}
