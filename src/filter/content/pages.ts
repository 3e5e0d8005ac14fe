import type { ContentFile } from './files.ts';
import { extensionOf } from './names.ts';

/** Characters of one page that are looked at: a smuggled file makes the bulk, the script stands before or behind it. */
const MAX_TEXT = 2 * 1024 * 1024;

/** True for a file that a browser opens as a page: HTML or SVG. */
export const isPage = ({ kind, name }: ContentFile): boolean =>
  kind === 'html' ||
  kind === 'svg' ||
  (kind === 'text' && /^(?:html?|xhtml|shtml?|mht(?:ml)?|svg)$/.test(extensionOf(name)));

/** Text of a page, one character a byte unless it is in UTF-16; '' when it cannot be read. */
export function pageText({ content }: ContentFile): string {
  if (content === undefined) return '';
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const isWide = bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes.toString(isWide ? 'utf16le' : 'latin1', 0, MAX_TEXT);
}
