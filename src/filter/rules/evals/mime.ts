/** Eval functions on the MIME parts: which types and encodings, and whether they are what they say. */
import type { Part } from '../../../message/types.ts';
import { VIEW_LIMITS } from '../../views/limits.ts';
import { octetsOf } from '../../views/octets.ts';
import { charsetOf, isFarawayCharset } from './charsets.ts';
import { isFrom, numberOf } from './support/arguments.ts';
import type { EvalContext, EvalFunction } from './types.ts';

type Context = EvalContext;

/** Numbers about the parts, by the rule language's names. */
interface MimeFacts {
  readonly numbers: ReadonlyMap<string, number>;
  readonly charsets: readonly string[];
}

/** A part's Content-Type as rules read it: what is text but neither HTML, calendar nor card counts as plain. */
export function typeOf({ header }: Part): string {
  const value = header.all('content-type').at(-1)?.value ?? '';
  const type = (/^[^/;]+(?:\/[^;\s]*)?/.exec(value.trim())?.[0] ?? '').toLowerCase();
  // oxlint-disable-next-line no-control-regex -- what is no token is left out
  const clean = type.replace(/[\x00-\x20\x7f-\xff"(),:-?@[-\]]/g, '');
  return clean === '' || (/^text\b/.test(clean) && !/^text\/(?:x-vcard|calendar|html)$/.test(clean))
    ? 'text/plain'
    : clean;
}

const isLeaf = ({ children }: Part): boolean => children.length === 0;
const encodingOf = ({ header }: Part): string =>
  header.get('content-transfer-encoding')?.value.toLowerCase() ?? '';
const dispositionOf = ({ header }: Part): string =>
  header.get('content-disposition')?.value.toLowerCase() ?? '';

const parameterCharset = ({ header }: Part): string | undefined => {
  const field = header.all('content-type').at(-1);
  return field === undefined
    ? 'us-ascii'
    : /\bcharset\s*=\s*["']?(.*?)["']?(?:;|$)/i.exec(field.value)?.[1]?.toLowerCase();
};

const ASCII_NAMES =
  /us-ascii|ansi_x3\.4-19(?:68|86)|iso-ir-6|iso_646\.irv:1991|ascii|iso646-us|us|(?:ibm|cp)367|csascii/;

class MimeCounts {
  readonly numbers = new Map<string, number>();
  readonly charsets: string[] = [];
  private readonly context: Context;
  private qpBytes = 0;
  private qpCodes = 0;
  private plain = 0;
  private entities = 0;
  private alternative = false;
  /** Of the parts of an alternative, in order. */
  private readonly sizes: { type: string; bytes: number }[] = [];

  constructor(context: Context) {
    this.context = context;
  }

  add(name: string, count = 1): void {
    this.numbers.set(name, (this.numbers.get(name) ?? 0) + count);
  }

  read(): MimeFacts {
    const { message } = this.context;
    if (message.parts.length >= PART_LIMIT) this.numbers.set('mimepart_limit_exceeded', 1);
    for (const part of message.parts) {
      const type = typeOf(part);
      const encoding = encodingOf(part);
      if (type === 'multipart/alternative') this.alternative = true;
      this.header(type, encoding, dispositionOf(part), parameterCharset(part));
      if (isLeaf(part)) this.body(part, type, encoding);
    }
    this.finish();
    return { numbers: this.numbers, charsets: this.charsets };
  }

  private header(type: string, encoding: string, disposition: string, charset = ''): void {
    if (type === 'text/html') this.add('mime_body_html_count');
    else if (type.startsWith('text')) this.add('mime_body_text_count');
    if (encoding.includes('base64')) this.add('mime_base64_count');
    else if (encoding.includes('quoted-printable')) this.add('mime_qp_count');
    if (disposition.includes('attachment')) this.add('mime_attachment');
    const isAscii = charset === '' || ASCII_NAMES.test(charset);
    if (
      type.startsWith('text') &&
      encoding.includes('base64') &&
      isAscii &&
      !/^(?:attachment|inline)/.test(disposition)
    )
      this.numbers.set('mime_base64_encoded_text', 1);
    if (/iso-\S{1,60}-\S+\b/i.test(charset) && !/iso-(?:8859-\d{1,2}|2022-(?:jp|kr))\b/.test(charset))
      this.numbers.set('mime_bad_iso_charset', 1);
    if (!/[a-z]/.test(charset)) return;
    this.charsets.push(charset);
    if (isFarawayCharset(this.context, charset)) this.numbers.set('mime_faraway_charset', 1);
  }

  private body(part: Part, type: string, encoding: string): void {
    const isAttached = dispositionOf(part).includes('attachment');
    const isText = type === 'text/plain' || type === 'text/html';
    const isQp = encoding === 'quoted-printable';
    if (!isText && !isQp) return;
    const charset = parameterCharset(part);
    const isAscii = type === 'text/plain' && (charset === undefined || charset === 'us-ascii');
    const isIdentity = type === 'text/plain' && /^(?:7bit|8bit)?$/.test(encoding);
    const text = octetsOf(this.context.message.raw.subarray(part.bodyStart, part.end), VIEW_LIMITS.full);
    if (isQp) this.quotedPrintable(text);
    if (isAscii && NOT_ASCII_TEXT.test(text)) this.add('mime_ascii_text_illegal');
    if (isIdentity) this.countEntities(text);
    if (this.alternative && isText && !isAttached) this.sizes.push({ type, bytes: text.length });
  }

  private quotedPrintable(text: string): void {
    let equals = text.indexOf('=');
    for (let at = 0; at < text.length; ) {
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline + 1;
      if (!text.startsWith('SPAM: ', at)) {
        if (end - at > QP_LINE) this.numbers.set('mime_qp_long_line', 1);
        this.qpBytes += end - at;
        if (equals >= 0 && equals < end) this.qpCodes += countCodes(text, equals, end);
      }
      if (equals >= 0 && equals < end) equals = text.indexOf('=', end);
      at = end;
    }
  }

  private countEntities(text: string): void {
    const without = text.includes('&#x') ? text.replace(/&#x[0-9A-F]{4};/g, '') : text;
    this.plain += without.length;
    this.entities += (text.length - without.length) / 8;
  }

  private finish(): void {
    const { numbers, qpBytes, qpCodes, plain, entities } = this;
    if (qpBytes > 0) {
      numbers.set('mime_qp_ratio', qpCodes / qpBytes);
      numbers.set('mime_qp_count', qpCodes);
      numbers.set('mime_qp_bytes', qpBytes);
    }
    if (plain > 0) numbers.set('mime_text_unicode_ratio', entities / plain);
    numbers.set('mime_multipart_ratio', 1);
    if (!this.alternative) return;
    numbers.set('mime_multipart_alternative', 1);
    const last = (type: string): number | undefined => this.sizes.findLast((one) => one.type === type)?.bytes;
    const [text, html] = [last('text/plain'), last('text/html')];
    if (text !== undefined && html !== undefined && html > 0)
      numbers.set('mime_multipart_ratio', text / html);
  }
}

/** Parts from which on a message counts as having too many. */
const PART_LIMIT = 1000;
/** RFC 5322 §2.1.1, and the line ending. */
const QP_LINE = 79;
// oxlint-disable-next-line no-control-regex -- NUL and CR are what is looked for
const NOT_ASCII_TEXT = /[\x00\r\x80-\xff]/;

/** Codes of a line for what need not be encoded; at the end of a line, white space has to be. */
function countCodes(text: string, from: number, end: number): number {
  let codes = 0;
  /** Of white space, with nothing behind them so far. */
  let trailing = 0;
  let behind = from;
  for (let at = from; at >= 0 && at < end; at = text.indexOf('=', at + 1)) {
    const code = text.slice(at + 1, at + 3);
    if (!QP_NEEDLESS.test(code)) continue;
    codes++;
    trailing = code === '09' || code === '20' ? (at === behind ? trailing + 1 : 1) : 0;
    behind = at + 3;
  }
  if (trailing === 0) return codes;
  return /\S/.test(text.slice(behind, end)) ? codes : codes - trailing;
}
const QP_NEEDLESS = /^(?:09|3[0-9ABCEF]|[2456][0-9A-F]|7[0-9A-E])$/;

const countMime = (context: Context): MimeFacts => new MimeCounts(context).read();
const numberNamed = (context: EvalContext, name: string): number =>
  context.derived(countMime).numbers.get(name) ?? 0;

/** Charsets of the body, as far as they are named. */
export const bodyCharsets = (context: Context): readonly string[] => context.derived(countMime).charsets;

/** `check_for_mime('mime_qp_long_line')` */
const byName: EvalFunction = (context, [name = '']) => numberNamed(context, name) !== 0;

const isHtml = ({ views }: EvalContext): boolean =>
  /^text\/html/i.test(views.headerText('Content-Type') ?? '');

const hasHtml: EvalFunction = (context) =>
  isHtml(context) || numberNamed(context, 'mime_body_html_count') > 0;

const htmlOnly: EvalFunction = (context) =>
  isHtml(context) ||
  (numberNamed(context, 'mime_body_html_count') > 0 && numberNamed(context, 'mime_body_text_count') === 0);

/** `check_mime_multipart_ratio(min, max)`: bytes of plain text by bytes of HTML. */
const multipartRatio: EvalFunction = (context, [min, max]) => {
  const ratio = numberNamed(context, 'mime_multipart_ratio');
  return ratio >= numberOf(min) && ratio < numberOf(max);
};

const asciiTextIllegal: EvalFunction = (context) => numberNamed(context, 'mime_ascii_text_illegal') > 0;

/** `check_abundant_unicode_ratio(0.02)`: HTML entities in plain text. */
const abundantUnicode: EvalFunction = (context, [ratio]) =>
  numberNamed(context, 'mime_text_unicode_ratio') >= numberOf(ratio);

const qpRatio: EvalFunction = (context, [ratio]) => numberNamed(context, 'mime_qp_ratio') >= numberOf(ratio);

/** An alternative that is neither text nor holds some. */
const nonTextAlternative: EvalFunction = ({ message }) =>
  message.parts
    .filter(({ type }) => type === 'multipart/alternative')
    .some(({ children }) =>
      children.some(({ type }) => !/^(?:text\/.*|multipart\/related|application\/rtf)$/.test(type)),
    );

/** `check_base64_length(min, max)`: the longest line of base64. */
const base64Length: EvalFunction = (context, [min, max]) => isFrom(context.derived(longestBase64), min, max);

function longestBase64({ message }: Context): number {
  let longest = 0;
  for (const part of message.parts) {
    if (!isLeaf(part) || encodingOf(part) !== 'base64' || typeOf(part) === 'application/ics') continue;
    for (let at = part.bodyStart; at < part.end; ) {
      const newline = message.raw.indexOf(10, at);
      const end = newline < 0 || newline >= part.end ? part.end : newline + 1;
      const ending = end - at >= 2 && message.raw[end - 2] === 13 ? 1 : 0;
      longest = Math.max(longest, end - at - ending);
      at = end;
    }
  }
  return longest;
}

/** Charsets whose bytes look like capitals. */
const LIKE_CAPITALS =
  /^[-_a-z0-9]*(?:koi|jp|jis|euc|gb|big5|isoir|cp1251|windows-1251|georgianps|pt154|tis)[-_a-z0-9]*$/i;

/** `check_for_uppercase(min, max)`: per cent of the letters. */
const uppercase: EvalFunction = (context, [min, max]) => {
  const share = context.derived(uppercaseShare);
  return share > numberOf(min) && share <= numberOf(max);
};

function uppercaseShare(context: Context): number {
  const named = charsetOf(context.views.headerText('Content-Type') ?? '');
  const charsets = [...(named === undefined ? [] : [named]), ...bodyCharsets(context)];
  if (charsets.some((charset) => LIKE_CAPITALS.test(charset))) return 0;
  let [length, lower, upper] = [0, 0, 0];
  for (const line of context.views.body) {
    if (!/\S\s+\S/.test(line) || /^(?:[A-Za-z0-9+/=]{60,76} ){2}/.test(line)) continue;
    // oxlint-disable-next-line no-control-regex -- ISO-2022-JP
    const text = line.includes('\x1b$B') ? line.replace(/\x1b\$B.*\x1b\(B/gs, '') : line;
    length += text.length;
    for (let i = 0; i < text.length; i++) {
      const byte = text.charCodeAt(i);
      if ((byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39)) lower++;
      else if (byte >= 0x41 && byte <= 0x5a) upper++;
    }
  }
  return length < 200 || upper + lower === 0 ? 0 : (upper / (upper + lower)) * 100;
}

export const mimeEvals: Readonly<Record<string, EvalFunction>> = {
  check_for_mime: byName,
  check_for_mime_html: hasHtml,
  check_for_mime_html_only: htmlOnly,
  check_mime_multipart_ratio: multipartRatio,
  check_for_ascii_text_illegal: asciiTextIllegal,
  check_abundant_unicode_ratio: abundantUnicode,
  check_qp_ratio: qpRatio,
  check_ma_non_text: nonTextAlternative,
  check_base64_length: base64Length,
  check_for_uppercase: uppercase,
};
