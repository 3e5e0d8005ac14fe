import { renderHtml } from '../../message/html.ts';
import { parseMessage } from '../../message/parse.ts';
import type { Message, Part } from '../../message/types.ts';
import { CONTENT_MESSAGE_LIMITS } from './content-limits.ts';

/** RFC 8970 §3.1: at most 200 characters. */
const MAX_PREVIEW = 200;
/** Octets of a long message that are looked at: its attachments are not decoded to see its beginning. */
const MAX_OCTETS = 131_072;
/** Characters of a text looked at: mostly few are enough, the most get behind a quotation. */
const TEXT_LOOKS = [1_000, 4_000, 20_000];
/** Of a line with more characters the end, which may be cut short, is not shown. */
const PLENTY = 3 * MAX_PREVIEW;
/** Characters of HTML rendered: mostly few are enough, style sheets may stand before the text. */
const HTML_LOOKS = [8_192, 65_536];
/** So much text is a preview; with less, more of the HTML is looked at. */
const ENOUGH = 60;
/** Half a character: those beyond U+FFFF have two. */
const SURROGATE = /[\ud800-\udfff]/;
/** Text parts looked at until one has text. */
const MAX_PARTS = 10;

/** The first text a reader sees, in one line; quoted lines only when there is nothing else. '' when there is no text. */
export function previewOf(whole: Message): string {
  const message =
    whole.raw.length > MAX_OCTETS
      ? parseMessage(whole.raw.subarray(0, MAX_OCTETS), CONTENT_MESSAGE_LIMITS, 'empty-line')
      : whole;
  let looked = 0;
  for (const part of message.parts) {
    if (!part.isBodyText || looked++ >= MAX_PARTS) continue;
    const found = part.type === 'text/html' ? ofHtml(part) : ofText(part.text);
    if (found !== '') return cut(found);
  }
  return '';
}

function ofText(whole: string): string {
  let found = '';
  for (const characters of TEXT_LOOKS) {
    const text = whole.slice(0, characters);
    const own = oneLine(ownLines(text));
    if (own.length > PLENTY) return own;
    found = own || oneLine(text);
    if (whole.length <= characters) break;
  }
  return found;
}

/** Without those that are quoted. */
const ownLines = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !line.startsWith('>'))
    .join('\n');

function ofHtml(part: Part): string {
  let found = '';
  for (const htmlCharacters of HTML_LOOKS) {
    const { text } = renderHtml(part.text, part.index, { ...CONTENT_MESSAGE_LIMITS, htmlCharacters });
    found = ofText(text);
    if (found.length >= ENOUGH || part.text.length <= htmlCharacters) break;
  }
  return found;
}

function oneLine(text: string): string {
  // Control characters and those without width have no place in a line that is shown in a list. One space stays as it is.
  return text
    .replace(/(?! (?![\s\p{Cc}\p{Cf}]))[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .toWellFormed();
}

/** Whole characters only. */
function cut(text: string): string {
  if (text.length <= MAX_PREVIEW) return text;
  const beginning = text.slice(0, MAX_PREVIEW);
  if (!SURROGATE.test(beginning)) return beginning.trimEnd();
  return Array.from(text.slice(0, MAX_PREVIEW * 2))
    .slice(0, MAX_PREVIEW)
    .join('')
    .trimEnd();
}
