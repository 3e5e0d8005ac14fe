import { asBuffer, decodeCharset } from './charset.ts';
import type { DefectCode, Report } from './defects.ts';
import type { ParsedHeader, ParseContext } from './header.ts';
import { renderEvents } from './html.ts';
import { type HtmlEvents, readHtml } from './html-tokens.ts';
import { decodeTransfer, isIdentityEncoding } from './transfer.ts';
import type { HtmlView, Part, Range } from './types.ts';

/** What the MIME tree knows of a part before its end is found. */
export interface PartHead {
  readonly index: number;
  readonly parent: number;
  readonly depth: number;
  readonly start: number;
  readonly header: ParsedHeader;
  readonly bodyStart: number;
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly encoding: string;
}

/** Text in form, data in use: readers show something made of it, or nothing (RFC 2046 §4.1.4 leaves it to them). */
const DATA_TYPES = new Set([
  'text/calendar',
  'text/vcard',
  'text/x-vcard',
  'text/directory',
  'text/csv',
  'text/css',
  'text/javascript',
  'text/xml',
  'text/rtf',
  'text/rfc822-headers',
  'text/x-amp-html',
]);

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** One MIME entity; the tree builder sets `end`, `children` and the ranges, the rest is made when asked for. */
export class MimePart implements Part {
  readonly index: number;
  readonly parent: number;
  readonly depth: number;
  readonly start: number;
  readonly header: ParsedHeader;
  readonly bodyStart: number;
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly encoding: string;
  readonly children: MimePart[] = [];
  end: number;
  preamble: Range | undefined;
  epilogue: Range | undefined;
  private readonly context: ParseContext;
  private decoded: Uint8Array | undefined;
  private decodedText: string | undefined;
  private events: HtmlEvents | undefined;
  private view: HtmlView | undefined;

  constructor(context: ParseContext, head: PartHead) {
    this.context = context;
    this.index = head.index;
    this.parent = head.parent;
    this.depth = head.depth;
    this.start = head.start;
    this.header = head.header;
    this.bodyStart = head.bodyStart;
    this.end = head.bodyStart;
    this.type = head.type;
    this.parameters = head.parameters;
    this.encoding = head.encoding;
  }

  get disposition(): string {
    return this.header.get('content-disposition')?.parameterized.value ?? '';
  }

  get filename(): string | undefined {
    const name =
      this.header.get('content-disposition')?.parameterized.parameters.get('filename') ??
      this.parameters.get('name');
    return name === '' ? undefined : name;
  }

  get contentId(): string | undefined {
    const value = this.header.get('content-id')?.value.replace(/^<|>$/g, '').trim();
    return value === '' ? undefined : value;
  }

  get isBodyText(): boolean {
    if (this.children.length > 0) return false;
    // A multipart without parts: readers show it as it stands.
    if (this.type.startsWith('multipart/')) return this.bodyStart < this.end;
    if (!this.type.startsWith('text/')) return false;
    const { disposition } = this;
    if (disposition !== '' && disposition !== 'inline') return false;
    if (this.type === 'text/plain' || this.type === 'text/html') return true;
    return !DATA_TYPES.has(this.type) && this.filename === undefined;
  }

  get content(): Uint8Array {
    if (this.decoded === undefined) {
      const body =
        this.bodyStart < this.end ? this.context.bytes.subarray(this.bodyStart, this.end) : NO_BYTES;
      // Of a container the bytes of its children are the content.
      const undo = this.children.length === 0 && !isIdentityEncoding(this.encoding);
      this.decoded = undo ? decodeTransfer(body, this.encoding, this.report()) : body;
    }
    return this.decoded;
  }

  get text(): string {
    this.decodedText ??= this.isBodyText || this.type.startsWith('text/') ? this.decodeText() : '';
    return this.decodedText;
  }

  get htmlEvents(): HtmlEvents | undefined {
    if (this.type !== 'text/html') return undefined;
    this.events ??= readHtml(this.text, this.context.limits);
    return this.events;
  }

  get html(): HtmlView | undefined {
    const events = this.htmlEvents;
    if (events === undefined) return undefined;
    if (this.view === undefined) {
      this.view = renderEvents(events, this.index, this.context.limits);
      if (this.view.statistics.truncated && this.isBodyText) this.note('html-truncated');
    }
    return this.view;
  }

  private decodeText(): string {
    const { textBytes } = this.context.limits;
    let bytes = this.content;
    if (bytes.length > textBytes) {
      bytes = bytes.subarray(0, textBytes);
      if (this.isBodyText) this.note('text-truncated');
    }
    const { text, fault } = decodeCharset(
      bytes,
      this.parameters.get('charset') ?? metaCharset(this.type, bytes),
    );
    // Of an attachment the text is read for its words; in what charset it is, is between those who exchange it.
    if (!this.isBodyText || fault === 'ok') return normalEndings(text);
    if (fault === 'unknown') this.note('unknown-charset');
    else if (fault === 'undeclared') this.note('undeclared-8bit');
    else this.note('charset-mismatch');
    return normalEndings(text);
  }

  private note(code: DefectCode): void {
    this.context.defects.add(code, this.index, this.bodyStart, this.end);
  }

  private report(): Report {
    const seen = new Set<DefectCode>();
    return (code) => {
      if (!seen.has(code)) this.note(code);
      seen.add(code);
    };
  }
}

/** Lines end in LF, however they came (RFC 2046 §4.1.1). */
function normalEndings(text: string): string {
  if (!text.includes('\r')) return text;
  // Plain text is looked for in half the time, and a bare CR is rare.
  const joined = text.replace(/\r\n/g, '\n');
  return joined.includes('\r') ? joined.replace(/\r/g, '\n') : joined;
}

/** Charset an HTML part names itself, for when its header names none: readers look there. */
function metaCharset(type: string, bytes: Uint8Array): string {
  if (type !== 'text/html') return '';
  const head = asBuffer(bytes).toString('latin1', 0, 2048);
  return /<meta[^>]{0,200}?charset\s{0,10}=\s{0,10}["']?([\w.:-]{1,40})/i.exec(head)?.[1] ?? '';
}
