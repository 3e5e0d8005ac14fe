import { MetadataError } from '../../../store/metadata/entries.ts';
import { UseError } from '../../../store/special-use.ts';
import { takesUtf8 } from '../text.ts';
import type { SessionControl } from '../types.ts';
import { Refusal } from '../wire/errors.ts';
import type { Piece } from '../wire/types.ts';
import { astring, literal, mailboxName } from '../wire/writer.ts';

export interface Annotation {
  readonly entry: string;
  readonly value: Uint8Array | null;
}

/** `METADATA "INBOX" (/shared/comment "x")` (RFC 5464 §4.4.1). */
export function sendMetadata(session: SessionControl, mailbox: string, list: readonly Annotation[]): void {
  const utf8 = takesUtf8(session);
  const pieces = list.flatMap(({ entry, value }, index): Piece[] => [
    `${index === 0 ? '' : ' '}${astring(entry)} `,
    ...annotationValue(value),
  ]);
  session.send(`METADATA ${mailbox === '' ? '""' : mailboxName(mailbox, utf8)} (`, ...pieces, ')');
}

/** Quoted where it is short text, so that people can read it. */
function annotationValue(value: Uint8Array | null): readonly Piece[] {
  if (value === null) return ['NIL'];
  const text = Buffer.from(value).toString('latin1');
  return value.length < 500 && /^[\x20-\x7e]*$/.test(text)
    ? [`"${text.replace(/["\\]/g, '\\$&')}"`]
    : literal(value);
}

/** What the store says of annotations, with the codes of RFC 5464 §4.3. */
export function metadataRefusal(error: unknown): unknown {
  // RFC 6154 §4.
  if (error instanceof UseError) return new Refusal(error.message, 'USEATTR');
  if (!(error instanceof MetadataError)) return error;
  const code = error.fact === 'max-size' ? `METADATA MAXSIZE ${error.octets}` : 'METADATA TOOMANY';
  return new Refusal(error.message, code);
}
