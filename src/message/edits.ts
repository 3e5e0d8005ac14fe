import { asBuffer } from './charset.ts';
import { DefectList } from './defects.ts';
import { type HeaderScan, scanHeader } from './header-scan.ts';
import { defaultMessageLimits } from './limits.ts';
import type { Header, HeaderEdit, HeaderField, Message } from './types.ts';

/** field-name (RFC 5322 §2.2): printable ASCII but the colon. */
const NAME = /^[!-9;-~]{1,200}$/;
/** A fold: a line ending, white space, and something behind it on the same line (RFC 5322 §2.2.3). */
const FOLD = /\n[ \t]+(?=[^ \t\n])/g;

/**
 * Checks a field that somebody wants to write. Throws a TypeError for a name that is none and for a value with a NUL
 * or a line ending that is no fold: it would end the field or the header, which no caller can mean.
 */
export function checkField(name: string, value: string): void {
  if (!NAME.test(name)) throw new TypeError(`not a header field name: ${JSON.stringify(name.slice(0, 100))}`);
  const rest = value.replaceAll('\r\n', '\n').replace(FOLD, ' ');
  if (/[\0\r\n]/.test(rest))
    throw new TypeError(`the value of ${name} holds a line ending that is no fold, or a NUL`);
}

function checkCount(count: number, least: number): void {
  if (!Number.isInteger(count) || count < least)
    throw new TypeError(`header edits count from ${least}, not from ${count}`);
}

export function checkEdit(edit: HeaderEdit): void {
  if (edit.kind === 'insert') checkCount(edit.position, 0);
  if (edit.kind === 'change' || edit.kind === 'remove') checkCount(edit.index, 1);
  checkField(edit.name, edit.kind === 'remove' ? '' : edit.value);
}

/** The index-th (1-based) field of a name. */
export const fieldOf = (header: Header, name: string, index: number): HeaderField | undefined =>
  header.all(name)[index - 1];

/** What of a header's edits lands where; keys are places in `header.fields`. */
interface Plan {
  readonly before: ReadonlyMap<number, readonly Uint8Array[]>;
  readonly instead: ReadonlyMap<HeaderField, Uint8Array | undefined>;
  readonly last: readonly Uint8Array[];
}

function plan(header: Header, edits: readonly HeaderEdit[], lineEnding: string): Plan {
  const before = new Map<number, Uint8Array[]>();
  const instead = new Map<HeaderField, Uint8Array | undefined>();
  const last: Uint8Array[] = [];
  for (const edit of edits) {
    checkEdit(edit);
    if (edit.kind === 'remove') {
      const field = fieldOf(header, edit.name, edit.index);
      if (field !== undefined) instead.set(field, undefined);
      continue;
    }
    const line = writeField(edit.name, edit.value, lineEnding);
    const changed = edit.kind === 'change' ? fieldOf(header, edit.name, edit.index) : undefined;
    if (changed !== undefined) instead.set(changed, line);
    else if (edit.kind === 'insert' && edit.position < header.fields.length) {
      const lines = before.get(edit.position);
      if (lines === undefined) before.set(edit.position, [line]);
      else lines.push(line);
    } else last.push(line);
  }
  return { before, instead, last };
}

function writeField(name: string, value: string, lineEnding: string): Uint8Array {
  const lines = value.replaceAll('\r\n', '\n').replaceAll('\n', lineEnding);
  return Buffer.from(`${name}:${/^[ \t\r\n]/.test(value) ? '' : ' '}${lines}${lineEnding}`, 'utf8');
}

/** CRLF unless the first line of the message ends in LF alone. */
function lineEndingOf(raw: Buffer): '\r\n' | '\n' {
  const lf = raw.indexOf(0x0a);
  return lf === 0 || (lf > 0 && raw[lf - 1] !== 0x0d) ? '\n' : '\r\n';
}

/** Collects pieces; neighbouring views of the message become one. */
class Pieces {
  readonly list: Uint8Array[] = [];
  private readonly raw: Buffer;
  private from = 0;
  private to = 0;

  constructor(raw: Buffer) {
    this.raw = raw;
  }

  /** The bytes received from `start`; what lies between them and those kept before is left out. */
  keep(start: number, end: number): void {
    if (end <= start) return;
    if (start !== this.to) {
      this.flush();
      this.from = start;
    }
    this.to = end;
  }

  add(bytes: Uint8Array): void {
    this.flush();
    this.list.push(bytes);
  }

  flush(): void {
    if (this.to > this.from) this.list.push(this.raw.subarray(this.from, this.to));
    this.from = this.to;
  }
}

/** Header of bytes that are not parsed yet, with all its fields. */
function scan(raw: Buffer): HeaderScan {
  const limits = { ...defaultMessageLimits, headerFields: Number.POSITIVE_INFINITY };
  const context = { bytes: raw, limits, defects: new DefectList(0), headerEnd: 'text' } as const;
  return scanHeader(context, 0, raw.length, 0, () => false);
}

/**
 * A message with its header edited, as pieces to be written one after the other: views of the bytes received (nothing
 * of them is copied) and the new fields, in the message's own style of line endings. Edits count in the header as
 * received, whatever the others do; edits of one place come out in the order given. A change of a field that is not
 * there adds it; a removal of one is nothing. Throws a TypeError for an edit that would break the header.
 */
export function applyHeaderEdits(source: Message | Uint8Array, edits: readonly HeaderEdit[]): Uint8Array[] {
  const whole = 'raw' in source ? source.raw : source;
  if (edits.length === 0) return [whole];
  const raw = asBuffer(whole);
  const { header, bodyStart } =
    'raw' in source ? { header: source.header, bodyStart: source.root.bodyStart } : scan(raw);
  const { fields } = header;
  const lineEnding = lineEndingOf(raw);
  const { before, instead, last } = plan(header, edits, lineEnding);
  const pieces = new Pieces(raw);
  const addLast = (): void => {
    for (const line of last) pieces.add(line);
  };
  // Without the empty line, a body that begins with white space would become part of a field put before it.
  const noEmptyLine = bodyStart === header.end && bodyStart < raw.length;
  const folds = noEmptyLine && (raw[bodyStart] === 0x20 || raw[bodyStart] === 0x09);
  const lastPlace = folds ? fields.length - 1 : fields.length;
  pieces.keep(0, header.start);
  let at = header.start;
  for (const [place, field] of fields.entries()) {
    // Fields beyond the limit of listed ones stay where they are.
    pieces.keep(at, field.start);
    for (const line of before.get(place) ?? []) pieces.add(line);
    if (place === lastPlace) addLast();
    at = field.end;
    const line = instead.get(field);
    if (line !== undefined) pieces.add(line);
    else if (!instead.has(field)) pieces.keep(field.start, field.end);
  }
  pieces.keep(at, header.end);
  if (lastPlace < 0 || lastPlace === fields.length) {
    const final = fields.at(-1);
    const unfinished = header.end > 0 && header.end === raw.length && raw[header.end - 1] !== 0x0a;
    // The last line of a message without a body may lack its ending.
    if (last.length > 0 && unfinished && final !== undefined && !instead.has(final))
      pieces.add(Buffer.from(lineEnding));
    addLast();
    if (fields.length === 0 && noEmptyLine && last.length > 0) pieces.add(Buffer.from(lineEnding));
  }
  pieces.keep(header.end, raw.length);
  pieces.flush();
  return pieces.list;
}
