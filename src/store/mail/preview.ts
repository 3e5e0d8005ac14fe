import type { Message } from '../../message/types.ts';

/** RFC 8970 §3.1: at most 200 characters. */
const MAX_PREVIEW = 200;
/** Characters looked at: enough to get behind a quotation. */
const MAX_LOOK = 20_000;
/** Text parts looked at until one has text. */
const MAX_PARTS = 10;

/** The first text a reader sees, in one line; quoted lines only when there is nothing else. '' when there is no text. */
export function previewOf(message: Message): string {
  let looked = 0;
  for (const part of message.parts) {
    if (!part.isBodyText || looked++ >= MAX_PARTS) continue;
    const text = (part.html?.text ?? part.text).slice(0, MAX_LOOK);
    const own = oneLine(
      text
        .split('\n')
        .filter((line) => !line.startsWith('>'))
        .join('\n'),
    );
    const found = own === '' ? oneLine(text) : own;
    if (found !== '') return cut(found);
  }
  return '';
}

function oneLine(text: string): string {
  // Control characters and those without width have no place in a line that is shown in a list.
  return text
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .toWellFormed();
}

/** Whole characters only. */
function cut(text: string): string {
  if (text.length <= MAX_PREVIEW) return text;
  return Array.from(text.slice(0, MAX_PREVIEW * 2))
    .slice(0, MAX_PREVIEW)
    .join('')
    .trimEnd();
}
