import { parseMessage } from '../../message/parse.ts';
import { ContentBudget, CONTENT_MESSAGE_LIMITS } from './content-limits.ts';
import type { MessageContent } from './content-types.ts';
import { envelopeOf } from './envelope.ts';
import { previewOf } from './preview.ts';
import { structureOf } from './structure.ts';

/**
 * What IMAP tells of a message without its bytes: envelope, structure and preview. `raw` are the octets as IMAP sends them
 * (CRLF); the offsets of the structure point into these. Parses once; takes any bytes and never throws.
 */
export function describe(raw: Uint8Array): MessageContent {
  const message = parseMessage(raw, CONTENT_MESSAGE_LIMITS, 'empty-line');
  const budget = new ContentBudget();
  return {
    envelope: envelopeOf(message.header, budget),
    structure: structureOf(message, budget),
    preview: previewOf(message),
  };
}
