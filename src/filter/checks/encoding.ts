import { isAscii } from 'node:buffer';
import type { Check, CheckHit } from '../types.ts';
import { at } from './support/evidence.ts';

/** Parts and bytes looked at: the first text parts are the ones read. */
const MAX_PARTS = 20;
const MAX_BYTES = 64 * 1024;
/** Longer lines must be encoded (RFC 5322 §2.1.1), so base64 is needed for them. */
const MAX_LINE = 998;

/** base64 for text that could have gone as it is hides the words from simple filters. */
export const encoding: Check = {
  name: 'encoding',
  symbols: {
    MIME_BASE64_TEXT: { score: 0.1, description: 'Text is encoded in base64' },
    MIME_BASE64_TEXT_BOGUS: {
      score: 0.2,
      description: 'Text is encoded in base64 although it is plain ASCII',
    },
  },
  run({ message }) {
    const hits: CheckHit[] = [];
    for (const part of message.parts.slice(0, MAX_PARTS)) {
      if (!part.isBodyText || part.encoding !== 'base64') continue;
      const content = part.content.subarray(0, MAX_BYTES);
      if (content.length === 0) continue;
      const bogus = isAscii(content) && !hasLongLine(content);
      hits.push({ symbol: bogus ? 'MIME_BASE64_TEXT_BOGUS' : 'MIME_BASE64_TEXT', where: at(part) });
      break;
    }
    return hits;
  },
};

function hasLongLine(content: Uint8Array): boolean {
  let start = 0;
  while (start < content.length) {
    const next = content.indexOf(0x0a, start);
    const end = next < 0 ? content.length : next;
    if (end - start > MAX_LINE) return true;
    start = end + 1;
  }
  return false;
}
