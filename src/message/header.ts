import { parseAddresses } from './address.ts';
import { decodeHeaderBytes } from './charset.ts';
import { parseDate } from './date.ts';
import type { DefectCode, DefectList, Report } from './defects.ts';
import type { MessageLimits } from './limits.ts';
import { type ParsedParameters, parseParameters } from './parameters.ts';
import { trimSpace } from './tokens.ts';
import type { Address, Header, HeaderField } from './types.ts';
import { decodeWords } from './words.ts';

/**
 * What ends a header beside an empty line: a line that can be no field (`text`), as readers see it who want to show a message
 * whose empty line is missing; or nothing (`empty-line`), as IMAP has it (RFC 9051 §6.4.5.1).
 */
export type HeaderEnd = 'text' | 'empty-line';

/** What the readers of one message share. */
export interface ParseContext {
  readonly bytes: Buffer;
  readonly limits: MessageLimits;
  readonly defects: DefectList;
  readonly headerEnd: HeaderEnd;
}

/** Where a field stands in its header block's text; a line that is no field has its name end at its start. */
export interface FieldPlace {
  readonly start: number;
  readonly nameEnd: number;
  readonly colon: number;
  end: number;
}

/** Fields by what their value is; only these are checked for faults of that kind. */
export const ADDRESS_FIELDS: ReadonlySet<string> = new Set(['from', 'sender', 'reply-to', 'to', 'cc', 'bcc']);
export const PARAMETER_FIELDS: ReadonlySet<string> = new Set(['content-type', 'content-disposition']);
export const DATE_FIELDS: ReadonlySet<string> = new Set(['date']);
export const UNSTRUCTURED_FIELDS: ReadonlySet<string> = new Set(['subject']);

const NO_ADDRESSES: readonly Address[] = [];

/** A field that decodes itself when asked, once. A line that is no field has the name '' and its text as value. */
export class Field implements HeaderField {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
  private readonly block: HeaderBlock;
  private readonly nameLength: number;
  private unfolded: string | undefined;
  private readableText: string | undefined;
  private addressList: readonly Address[] | undefined;
  private parameterList: ParsedParameters | undefined;
  private dateTime: Date | null | undefined;

  constructor(block: HeaderBlock, place: FieldPlace, key: string) {
    this.block = block;
    this.key = key;
    this.start = block.start + place.start;
    this.end = block.start + place.end;
    this.valueStart = block.start + (key === '' ? place.start : place.colon + 1);
    this.nameLength = place.nameEnd - place.start;
  }

  get name(): string {
    const from = this.start - this.block.start;
    return this.key === '' ? '' : this.block.text.slice(from, from + this.nameLength);
  }

  get rawValue(): string {
    const { text, start } = this.block;
    let end = this.end - start;
    const from = this.valueStart - start;
    if (end > from && text.charCodeAt(end - 1) === 0x0a) {
      end--;
      if (end > from && text.charCodeAt(end - 1) === 0x0d) end--;
    }
    return text.slice(from, end);
  }

  /** Unfolded bytes as latin1, cut at the limit (RFC 5322 §2.2.3). */
  private get bytes(): string {
    const raw = this.rawValue;
    const { fieldBytes } = this.block.context.limits;
    const cut = raw.length > fieldBytes ? raw.slice(0, fieldBytes) : raw;
    return trimSpace(cut.includes('\n') ? cut.replace(/\r?\n/g, '') : cut);
  }

  get value(): string {
    this.unfolded ??= decodeHeaderBytes(this.bytes);
    return this.unfolded;
  }

  get text(): string {
    this.readableText ??= decodeWords(
      this.value,
      this.report(UNSTRUCTURED_FIELDS),
      this.block.context.limits.encodedWords,
    );
    return this.readableText;
  }

  get addresses(): readonly Address[] {
    const { value } = this;
    if (value === '') return NO_ADDRESSES;
    this.addressList ??= parseAddresses(value, this.block.context.limits, this.report(ADDRESS_FIELDS));
    return this.addressList;
  }

  get parameterized(): ParsedParameters {
    this.parameterList ??= parseParameters(
      this.bytes,
      this.block.context.limits,
      this.report(PARAMETER_FIELDS),
    );
    return this.parameterList;
  }

  get date(): Date | undefined {
    if (this.dateTime === undefined) this.dateTime = parseDate(this.value, this.report(DATE_FIELDS)) ?? null;
    return this.dateTime ?? undefined;
  }

  /**
   * A report that notes each code once. Only for a field that is of the kind it is read as: whoever asks for the
   * addresses of a Date has found no fault of the message.
   */
  private report(kind: ReadonlySet<string>): Report | undefined {
    if (!kind.has(this.key)) return undefined;
    const seen = new Set<DefectCode>();
    return (code) => {
      if (!seen.has(code)) this.block.context.defects.add(code, this.block.part, this.start, this.end);
      seen.add(code);
    };
  }
}

/** The text a header's fields are slices of. */
export interface HeaderBlock {
  readonly context: ParseContext;
  readonly part: number;
  /** Offset of `text` in the message. */
  readonly start: number;
  readonly text: string;
}

const NO_FIELDS: readonly Field[] = [];

/** A header with an index by name that is made at the first look-up. */
export class ParsedHeader implements Header {
  readonly start: number;
  readonly end: number;
  readonly fields: readonly Field[];
  private index: Map<string, Field[]> | undefined;

  constructor(start: number, end: number, fields: readonly Field[]) {
    this.start = start;
    this.end = end;
    this.fields = fields;
  }

  get(name: string): Field | undefined {
    return this.all(name)[0];
  }

  all(name: string): readonly Field[] {
    if (this.index === undefined) {
      this.index = new Map();
      for (const field of this.fields) {
        const known = this.index.get(field.key);
        if (known === undefined) this.index.set(field.key, [field]);
        else known.push(field);
      }
    }
    return this.index.get(name.toLowerCase()) ?? NO_FIELDS;
  }
}
