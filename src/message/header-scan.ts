import { isAscii, isUtf8 } from 'node:buffer';
import type { DefectCode } from './defects.ts';
import {
  Field,
  type FieldPlace,
  type HeaderBlock,
  type HeaderEnd,
  ParsedHeader,
  type ParseContext,
} from './header.ts';

/** A header and where the body behind it begins. */
export interface HeaderScan {
  readonly header: ParsedHeader;
  readonly bodyStart: number;
}

/** What a pass over the lines found, as offsets in the window. */
interface Found {
  readonly places: readonly FieldPlace[];
  readonly faults: readonly Fault[];
  readonly headerStart: number;
  readonly headerEnd: number;
  readonly bodyStart: number;
}

interface Fault {
  readonly code: DefectCode;
  readonly start: number;
  readonly end: number;
}

/** First look at a header block, of the message and of a part; most are shorter. Grows fourfold while no end is in sight. */
const FIRST_WINDOW = 4096;
const FIRST_PART_WINDOW = 512;
/** field-name (RFC 5322 §2.2), and the white space the obsolete syntax lets stand before the colon. */
const NAME = /([!-9;-~]+)[ \t]*:/y;
/** A field that a stray line may stand before and still be a fault within the header, not the body's first line. */
const WELL_KNOWN =
  /(?:content-[a-z-]+|mime-version|from|to|cc|bcc|subject|date|sender|reply-to|message-id|received|return-path|references|in-reply-to|list-[a-z-]+|dkim-signature|x-[a-z0-9-]{1,60})[ \t]*:/iy;
/** Would be a field if names could hold bytes outside ASCII; signers and other readers take it for one. */
const EIGHT_BIT_NAME = /[!-9;-~]{0,76}[\x80-\xff][!-9;-~\x80-\xff]{0,76}[ \t]*:/y;
const EMPTY_LINE = /\r?\n/y;
/** Longer lines are text. */
const MAX_STRAY_LINE = 998;
/** What {@link WELL_KNOWN} needs to see of the next line. */
const LOOKAHEAD = 80;
/** Longest header line without its line ending (RFC 5322 §2.1.1). */
const MAX_LINE = 998;
/** MIME fields are kept beyond the limit of listed fields, so that padding does not hide the structure. */
const MIME_FIELD = /^content-/;
const MAX_EXTRA_FIELDS = 32;

/** Tells whether a line (without its leading `--`) is a boundary of an open multipart. */
export type DelimiterTest = (line: string) => boolean;

/** The octets of a message from where a header begins, as far as they are looked at. */
interface Window {
  readonly text: string;
  /** It reaches the end of the message. */
  readonly whole: boolean;
  /** It will not grow. */
  readonly last: boolean;
  /** Octets a header may have. */
  readonly maximum: number;
}

/** One pass over the lines of a window on the message. */
class LineReader {
  private readonly text: string;
  private readonly whole: boolean;
  private readonly last: boolean;
  private readonly maximum: number;
  private readonly isDelimiter: DelimiterTest;
  private readonly headerEnd: HeaderEnd;
  private readonly places: FieldPlace[] = [];
  private readonly faults: Fault[] = [];
  private headerStart = 0;
  private lf = false;
  private crlf = false;
  private longLine = false;

  constructor(window: Window, isDelimiter: DelimiterTest, headerEnd: HeaderEnd) {
    this.text = window.text;
    this.whole = window.whole;
    this.last = window.last;
    this.maximum = window.maximum;
    this.isDelimiter = isDelimiter;
    this.headerEnd = headerEnd;
  }

  /** Undefined when the window is too short to tell. */
  read(): Found | undefined {
    const { text } = this;
    let at = 0;
    while (at < text.length) {
      if (at > this.maximum) return this.cut(at);
      const newline = text.indexOf('\n', at);
      if (newline < 0 && !this.whole) return this.last ? this.cut(at) : undefined;
      const next = newline < 0 ? text.length : newline + 1;
      const first = text.charCodeAt(at);
      if (first === 0x0a || (first === 0x0d && text.charCodeAt(at + 1) === 0x0a)) return this.found(at, next);
      if (first === 0x2d && text.charCodeAt(at + 1) === 0x2d && this.isDelimiter(text.slice(at + 2, next)))
        return this.found(at, at);
      const fits = this.line(at, next, first);
      if (fits === undefined) return undefined;
      if (!fits) {
        this.faults.push({ code: 'missing-blank-line', start: at, end: at });
        return this.found(at, at);
      }
      this.ending(at, newline);
      at = next;
    }
    // The window ends between two lines.
    if (!this.whole) return this.last ? this.cut(at) : undefined;
    return this.found(at, at);
  }

  /** Takes a line that is neither empty nor a boundary; false when the body begins with it. */
  private line(at: number, next: number, first: number): boolean | undefined {
    const { text, places } = this;
    const previous = places.at(-1);
    if ((first === 0x20 || first === 0x09) && previous !== undefined) {
      previous.end = next;
      if (!/[^ \t\r\n]/.test(text.slice(at, next)))
        this.faults.push({ code: 'blank-folded-line', start: at, end: next });
      return true;
    }
    NAME.lastIndex = at;
    const name = NAME.exec(text);
    if (name !== null) {
      const nameEnd = at + (name[1]?.length ?? 0);
      const colon = NAME.lastIndex - 1;
      places.push({ start: at, nameEnd, colon, end: next });
      if (colon > nameEnd) this.faults.push({ code: 'space-before-colon', start: at, end: next });
      return true;
    }
    if (at === 0 && /^>?From /.test(text)) {
      this.faults.push({ code: 'leading-from-line', start: at, end: next });
      this.headerStart = next;
      return true;
    }
    // No field: a fault within the header when a well-known field follows, or, with what looks like a name, the empty
    // line; else the body without its empty line.
    if (text.length - next < LOOKAHEAD && !this.whole && !this.last) return undefined;
    const strays = this.headerEnd === 'empty-line';
    if (!strays && next - at > MAX_STRAY_LINE) return false;
    if (
      !strays &&
      !matchesAt(WELL_KNOWN, text, next) &&
      !(matchesAt(EIGHT_BIT_NAME, text, at) && matchesAt(EMPTY_LINE, text, next))
    )
      return false;
    const folded = first === 0x20 || first === 0x09;
    const code = folded ? 'continuation-without-field' : 'header-line-without-colon';
    this.faults.push({ code, start: at, end: next });
    places.push({ start: at, nameEnd: at, colon: -1, end: next });
    return true;
  }

  private ending(at: number, newline: number): void {
    if (newline < 0) return;
    const crlf = this.text.charCodeAt(newline - 1) === 0x0d;
    if (crlf) this.crlf = true;
    else this.lf = true;
    if (newline - at - (crlf ? 1 : 0) > MAX_LINE && !this.longLine) {
      this.longLine = true;
      this.faults.push({ code: 'header-line-too-long', start: at, end: newline + 1 });
    }
  }

  /** The header is cut at the limit: what follows is body. */
  private cut(at: number): Found {
    this.faults.push({ code: 'header-too-long', start: at, end: at });
    return this.found(at, at);
  }

  private found(headerEnd: number, bodyStart: number): Found {
    const { places, faults, headerStart } = this;
    if (this.lf && this.crlf) faults.push({ code: 'mixed-line-endings', start: headerStart, end: headerEnd });
    return { places, faults, headerStart: Math.min(headerStart, headerEnd), headerEnd, bodyStart };
  }
}

/** Whether a sticky pattern matches there. */
function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

/** Place of the first CR without LF; -1. Half the time of a pattern, and every header is looked through. */
function bareCr(text: string): number {
  let at = text.indexOf('\r');
  while (at !== -1 && text.charCodeAt(at + 1) === 0x0a) at = text.indexOf('\r', at + 2);
  return at;
}

/** Faults of the bytes themselves, each noted once for the whole block. */
function noteByteFaults(context: ParseContext, block: HeaderBlock): void {
  const { text, start, part } = block;
  const note = (code: DefectCode, at: number, end = at + 1): void => {
    if (at >= 0) context.defects.add(code, part, start + at, start + end);
  };
  note('nul-in-header', text.indexOf('\0'));
  note('bare-cr-in-header', bareCr(text));
  const bytes = context.bytes.subarray(start, start + text.length);
  if (!isAscii(bytes) && !isUtf8(bytes)) note('8bit-in-header', text.search(/[\x80-\xff]/), text.length);
}

/** Lower-cased names, shared by all fields of that name: most fields have one of a few hundred names. */
const keys = new Map<string, string>();
const MAX_KEYS = 1000;

function keyOf(name: string): string {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = name.toLowerCase();
  if (keys.size < MAX_KEYS && name.length < 80) keys.set(name, key);
  return key;
}

function finish(context: ParseContext, start: number, part: number, found: Found): HeaderScan {
  const { headerStart, headerEnd } = found;
  const origin = start + headerStart;
  // A text of its own: slices of the window would keep all of the window in memory.
  const text = context.bytes.toString('latin1', origin, start + headerEnd);
  const block: HeaderBlock = { context, part, start: origin, text };
  const fields: Field[] = [];
  let extra = 0;
  const { headerFields, fieldBytes } = context.limits;
  for (const place of found.places) {
    const from = place.start - headerStart;
    const nameEnd = place.nameEnd - headerStart;
    const key = keyOf(text.slice(from, nameEnd));
    if (fields.length >= headerFields && (!MIME_FIELD.test(key) || extra++ >= MAX_EXTRA_FIELDS)) continue;
    const end = place.end - headerStart;
    if (end - from > fieldBytes) context.defects.add('field-too-long', part, origin + from, origin + end);
    fields.push(new Field(block, { start: from, nameEnd, colon: place.colon - headerStart, end }, key));
  }
  if (found.places.length > headerFields)
    context.defects.add('too-many-header-fields', part, origin, start + headerEnd);
  for (const fault of found.faults)
    context.defects.add(fault.code, part, start + fault.start, start + fault.end);
  noteByteFaults(context, block);
  return { header: new ParsedHeader(origin, start + headerEnd, fields), bodyStart: start + found.bodyStart };
}

/**
 * Splits the header that begins at `start` into fields (RFC 5322 §2.2), up to the empty line, a boundary of an open
 * multipart, the first line that can be no header (see {@link HeaderEnd}), or `end`. Time is linear in the header's length.
 */
export function scanHeader(
  context: ParseContext,
  start: number,
  end: number,
  part: number,
  isDelimiter: DelimiterTest,
): HeaderScan {
  const { headerBytes } = context.limits;
  // One line beyond the limit is enough to see where to cut.
  const maximum = Math.min(end - start, headerBytes + MAX_LINE);
  let size = Math.min(part === 0 ? FIRST_WINDOW : FIRST_PART_WINDOW, maximum);
  for (;;) {
    const text = context.bytes.toString('latin1', start, start + size);
    const window = { text, whole: size === end - start, last: size === maximum, maximum: headerBytes };
    const reader = new LineReader(window, isDelimiter, context.headerEnd);
    const found = reader.read();
    if (found !== undefined) return finish(context, start, part, found);
    size = Math.min(size * 4, maximum);
  }
}
