import { parseFragment } from 'parse5';

/** Elements whose content is not text, and what ends it. */
const UNSEEN: ReadonlyMap<string, RegExp> = new Map(
  ['script', 'style', 'title'].map((name) => [name, new RegExp(`</${name}`, 'gi')]),
);
type Kind = 'line' | 'unseen' | 'other';

/** What elements do to the text: those that begin a line, those above, and the rest. */
const KINDS = new Map<string, Kind>();
for (const name of (
  'address article aside blockquote body br center dd div dl dt footer form h1 h2 h3 h4 h5 h6 header hr html li ' +
  'main nav ol p pre section table td th tr ul'
).split(' '))
  KINDS.set(name, 'line');
for (const name of UNSEEN.keys()) KINDS.set(name, 'unseen');
// The most frequent of the rest: their names need not be made lower-case to know them.
for (const name of 'a b em font i img span strong tbody u'.split(' ')) KINDS.set(name, 'other');

/**
 * The text of an HTML part, what is hidden from a reader too: scripts look for words, and time counts. A line for each
 * block; white space is one blank. Linear in the length of the text, whatever is in it. (`HtmlView` of the message knows
 * what a reader sees, and takes some ten times as long.)
 */
export function htmlText(html: string): string {
  const source = html.replace(/[\n\t\f]/g, ' ');
  let text = '';
  let at = 0;
  for (;;) {
    const open = source.indexOf('<', at);
    if (open === -1) break;
    const next = source.charCodeAt(open + 1);
    // HTML Living Standard, 13.2.5.6: anything else than a letter, `/`, `!` or `?` makes no tag.
    if (!isLetter(next) && next !== 0x2f && next !== 0x21 && next !== 0x3f) {
      text += source.slice(at, open + 1);
      at = open + 1;
      continue;
    }
    if (open > at) text += source.slice(at, open);
    if (next === 0x21 && source.startsWith('--', open + 2)) {
      const end = source.indexOf('-->', open + 2);
      at = end === -1 ? source.length : end + 3;
      continue;
    }
    const closing = next === 0x2f;
    const from = open + (closing ? 2 : 1);
    let to = from;
    while (isNameUnit(source.charCodeAt(to))) to++;
    const name = source.slice(from, to);
    const kind = KINDS.get(name) ?? KINDS.get(name.toLowerCase());
    at = source.charCodeAt(to) === 0x3e ? to + 1 : tagEnd(source, to);
    if (kind === 'line') text += '\n';
    const unseen = kind === 'unseen' && !closing ? UNSEEN.get(name.toLowerCase()) : undefined;
    if (unseen !== undefined) {
      unseen.lastIndex = at;
      at = unseen.exec(source)?.index ?? source.length;
    }
  }
  text += source.slice(at);
  if (text.includes('&')) text = text.replace(ENTITY, decodeEntity);
  return text.includes('  ') ? text.replace(/ {2,}/g, ' ') : text;
}

const isLetter = (unit: number): boolean => (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a;
const isNameUnit = (unit: number): boolean => isLetter(unit) || (unit >= 0x30 && unit <= 0x39);

/** Place behind the `>` that ends the tag; one within quotes does not. */
function tagEnd(source: string, from: number): number {
  // Most have no attributes.
  if (source.charCodeAt(from) === 0x3e) return from + 1;
  let close = source.indexOf('>', from);
  let value = false;
  for (let at = from; close !== -1 && at < close; at++) {
    const unit = source.charCodeAt(at);
    if (value && (unit === 0x22 || unit === 0x27)) {
      const end = source.indexOf(unit === 0x22 ? '"' : "'", at + 1);
      // A quote that is never closed is none.
      if (end === -1) break;
      at = end;
      if (end > close) close = source.indexOf('>', end);
    }
    // Quotes count behind an `=` only.
    if (unit !== 0x20) value = unit === 0x3d;
  }
  return close === -1 ? source.length : close + 1;
}

const ENTITY = /&(?:#(?:\d{1,7}|x[0-9a-f]{1,6})|[a-z][a-z0-9]{1,31});?/gi;
/** What references stand for. */
const entities = new Map<string, string>();
/** HTML knows some 2,200 names; mails use some dozens. */
const MAX_ENTITIES = 500;

function decodeEntity(reference: string): string {
  const known = entities.get(reference);
  if (known !== undefined) return known;
  const [node] = parseFragment(reference).childNodes;
  const text = node !== undefined && 'value' in node ? node.value : reference;
  const decoded = text === '\u00a0' ? ' ' : text;
  if (entities.size < MAX_ENTITIES) entities.set(reference, decoded);
  return decoded;
}
