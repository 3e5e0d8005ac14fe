/** The text views of the body: what `body`, `rawbody` and `full` rules read. */
import type { Message, Part } from '../../message/types.ts';
import { VIEW_LIMITS } from './limits.ts';
import { octetsOf, toOctets, truncated, UNICODE_SPACE } from './octets.ts';
import type { Octets, RenderedHtml } from './types.ts';

/**
 * The type a part is read as: the name of a file says that it is HTML where its type does not, and text of any kind but
 * cards and calendars is plain (the headers in a bounce, `text/rfc822-headers`, among it), and so is a multipart without
 * parts, which readers show as it stands.
 */
function effectiveType(part: Part): string {
  const { filename, type } = part;
  if (filename !== undefined && /\.s?html?$/i.test(filename)) return 'text/html';
  if (type.startsWith('multipart/') && part.children.length === 0) return 'text/plain';
  return type.startsWith('text/') && !/^text\/(?:html|calendar|x-vcard)$/.test(type) ? 'text/plain' : type;
}

/** Parts without parts in them. */
const leaves = ({ parts }: Message): readonly Part[] =>
  parts.filter(({ children }) => children.length === 0).slice(0, VIEW_LIMITS.parts);

/** Parts that are rendered as HTML, attachments among them. */
export const htmlParts = (message: Message): readonly Part[] =>
  leaves(message).filter((part) => effectiveType(part) === 'text/html');

export type Rendering = 'text' | 'visible' | 'invisible';

/** Subject (but for what is hidden), then the parts: white space collapsed, a paragraph each, long ones split. */
export function bodyLines(
  message: Message,
  rendered: ReadonlyMap<number, RenderedHtml>,
  which: Rendering,
): readonly Octets[] {
  let text = '';
  for (const part of leaves(message)) {
    if (text !== '') text += '\n';
    if (text.length > VIEW_LIMITS.bodyTotal) break;
    const own = renderedPart(part, rendered, which);
    if (own !== undefined) text += truncated(own, VIEW_LIMITS.bodyPart, ['\n', ' ']);
  }
  const paragraphs = text
    .replace(/\n+\s*\n+/g, '\0')
    .replace(UNICODE_SPACE, ' ')
    .replaceAll('\0', '\n');
  const subject =
    which === 'invisible' ? '' : toOctets(message.header.all('subject').at(-1)?.text ?? '') + '\n';
  return shortLines(subject + toOctets(paragraphs));
}

function renderedPart(
  part: Part,
  rendered: ReadonlyMap<number, RenderedHtml>,
  which: Rendering,
): string | undefined {
  const type = effectiveType(part);
  if (type === 'text/html') return rendered.get(part.index)?.[which];
  if (type !== 'text/plain') return undefined;
  return which === 'invisible' ? '' : textOf(part);
}

/** `text` knows text types only; what is HTML by its name may have another. */
export function textOf(part: Part): string {
  return part.isBodyText || part.type.startsWith('text/')
    ? part.text
    : octetsOf(part.content, VIEW_LIMITS.htmlCharacters);
}

/** Lines with their `\n`, none longer than the limit, split at a space where there is one. */
function shortLines(text: Octets): Octets[] {
  const lines: Octets[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline + 1;
    while (end - start > VIEW_LIMITS.line) {
      const space = text.lastIndexOf(' ', start + VIEW_LIMITS.line);
      const cut = space >= start ? space + 1 : start + VIEW_LIMITS.line;
      lines.push(text.slice(start, cut));
      start = cut;
    }
    if (start < end) lines.push(text.slice(start, end));
    start = end;
  }
  return lines;
}

/** Text parts with the transfer encoding undone, in chunks of two to four kilobytes. */
export function rawbodyChunks(message: Message): readonly Octets[] {
  const chunks: Octets[] = [];
  let total = 0;
  for (const part of leaves(message)) {
    const type = effectiveType(part);
    if (!/^(?:text|message)\b/.test(type) || part.type === 'text/calendar') continue;
    const { rawbodyPart } = VIEW_LIMITS;
    const text = truncated(octetsOf(part.content, rawbodyPart + 4096), rawbodyPart, ['\n', '>', ' ']);
    total += text.length;
    if (total > VIEW_LIMITS.rawbodyTotal) break;
    paragraphs(text, chunks);
  }
  return chunks;
}

function paragraphs(text: Octets, chunks: Octets[]): void {
  const { line } = VIEW_LIMITS;
  if (text.length <= line) {
    chunks.push(text);
    return;
  }
  let start = 0;
  while (text.length - start > 2 * line) {
    const end = cutAt(text, start) + 1;
    chunks.push(text.slice(start, end));
    start = end;
  }
  if (start < text.length) chunks.push(text.slice(start));
}

/** Where a chunk ends: at the next line ending, else `>`, else space. */
function cutAt(text: Octets, start: number): number {
  const { line } = VIEW_LIMITS;
  for (const mark of ['\n', '>', ' ']) {
    const found = text.indexOf(mark, start + line);
    if (found >= 0 && found - start + 1 <= 2 * line) return found;
  }
  return start + line;
}

export const fullText = ({ raw }: Message): Octets => octetsOf(raw, VIEW_LIMITS.full);
