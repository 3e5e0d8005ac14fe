import { rawParameters } from '../../message/parameters.ts';
import type { Header, Message, Part } from '../../message/types.ts';
import { CONTENT_MESSAGE_LIMITS, type ContentBudget, singleLine } from './content-limits.ts';
import type { Structure } from './content-types.ts';
import { envelopeOf } from './envelope.ts';

type Parameters = readonly (readonly [string, string])[];

/** Languages of one Content-Language field; a document in more is a list of languages. */
const MAX_LANGUAGES = 20;
const PLAIN = 'text/plain charset=us-ascii 7bit';
const PLAIN_FIELDS = {
  writtenType: 'text',
  subtype: 'plain',
  parameters: [['charset', 'us-ascii']],
  encoding: '7bit',
} as const;
const OCTETS = { type: 'application', writtenType: 'application', subtype: 'octet-stream' } as const;

/**
 * The structure of a message as BODYSTRUCTURE shows it (RFC 9051 §7.5.2), with offsets into its raw octets. What a client
 * would stumble over is shown as something it can read: a message that was not looked into is an octet-stream, a multipart
 * without any part has one of text. Linear in the message's length; nesting is bounded by the parser.
 */
export function structureOf(message: Message, budget: ContentBudget): Structure {
  const lines = new LineCounter(message.raw);
  for (const part of message.parts) {
    if (part.type.startsWith('text/') || part.type.startsWith('message/') || part.children.length === 0)
      lines.want(boundsOf(part, message.raw));
  }
  lines.count();
  return plainText(entity(message.root, lines, budget));
}

/** A message that says of itself nothing but what goes without saying: that is told in lower case, as others have it. */
function plainText(whole: Structure): Structure {
  const { parameters, id, description, disposition, language, location, md5 } = whole;
  const silent =
    [id, description, disposition, location, md5].every((one) => one === null) && language.length === 0;
  const [[name, charset] = ['', ''], ...others] = parameters;
  if (
    !silent ||
    others.length > 0 ||
    `${whole.type}/${whole.subtype} ${name}=${charset} ${whole.encoding}`.toLowerCase() !== PLAIN
  )
    return whole;
  return { ...whole, ...PLAIN_FIELDS };
}

/** By recursion: the parser's depth is bounded. */
function entity(part: Part, lines: LineCounter, budget: ContentBudget): Structure {
  const base = fields(part, lines, budget);
  const [child] = part.children;
  if (part.type.startsWith('multipart/')) {
    if (child === undefined && part.depth >= CONTENT_MESSAGE_LIMITS.depth) return { ...base, ...OCTETS };
    const parts = part.children.map((one) => entity(one, lines, budget));
    return { ...base, parts: parts.length > 0 ? parts : [onlyText(base, part, lines)] };
  }
  if (part.type !== 'message/rfc822' && part.type !== 'message/global') return base;
  if (child === undefined) return { ...base, ...OCTETS };
  const envelope = envelopeOf(child.header, budget);
  const [, subtype = ''] = part.type.split('/');
  // Clients know by these words what follows, so they are always in lower case.
  return {
    ...base,
    writtenType: 'message',
    subtype,
    message: { envelope, structure: entity(child, lines, budget) },
  };
}

/** The body of a multipart in which no part was found; empty when that is all there is, or what there is has no text. */
function onlyText(multipart: Structure, part: Part, lines: LineCounter): Structure {
  const { bodyStart, end } = multipart;
  const empty = part.epilogue !== undefined || lines.isBlank(bodyStart, end);
  return {
    ...multipart,
    ...(empty && { bodyStart: end, lines: 0 }),
    encoding: empty ? '7bit' : part.encoding,
    type: 'text',
    writtenType: 'text',
    subtype: 'plain',
    parameters: [['charset', 'us-ascii']],
    id: null,
    description: null,
    disposition: null,
    language: [],
    location: null,
    md5: null,
    start: empty ? end : bodyStart,
  };
}

/**
 * Where a part ends. The line ending behind the closing delimiter of a multipart within it is its last, though the delimiter
 * around it follows at once: other servers have it so, and sizes are compared.
 */
function endOf(part: Part, raw: Uint8Array): number {
  const { end } = part;
  let inner = part;
  // What has no end of its own ends with the last that it holds.
  for (
    let last = inner.children.at(-1);
    last !== undefined && inner.epilogue === undefined;
    last = inner.children.at(-1)
  )
    inner = last;
  if (inner.epilogue?.start !== end || raw[end - 1] === 0x0a) return end;
  if (raw[end] === 0x0a) return end + 1;
  return raw[end] === 0x0d && raw[end + 1] === 0x0a ? end + 2 : end;
}

/** Where a part begins, its body begins, and it ends. */
function boundsOf(part: Part, raw: Uint8Array): { start: number; bodyStart: number; end: number } {
  const { start, bodyStart } = part;
  const end = endOf(part, raw);
  if (bodyStart < end || raw[end] !== 0x2d) return { start, bodyStart, end };
  // No body: the line ending before the delimiter is the delimiter's (RFC 2046 §5.1.1), though it ends the header as well.
  const cut = end - (raw[end - 1] !== 0x0a ? 0 : raw[end - 2] === 0x0d ? 2 : 1);
  return { start: Math.min(start, cut), bodyStart: cut, end: cut };
}

function fields(part: Part, lines: LineCounter, budget: ContentBudget): Structure {
  const { header } = part;
  const { start, bodyStart, end } = boundsOf(part, lines.raw);
  const contentType = parameterized(header, 'content-type', budget);
  const encoding = header.get('content-transfer-encoding')?.value.trim();
  const [type = '', subtype = ''] = part.type.split('/');
  const [writtenType = '', writtenSubtype = ''] = asWritten(contentType?.value, part.type).split('/');
  const disposition = parameterized(header, 'content-disposition', budget);
  return {
    type,
    ...(writtenType !== type && { writtenType }),
    subtype: writtenSubtype === '' ? subtype : writtenSubtype,
    parameters: typeParameters(contentType?.parameters ?? [], type),
    id: text(header, 'content-id', budget),
    description: text(header, 'content-description', budget),
    encoding: budget.take(asWritten(encoding, part.encoding).slice(0, 100)) ?? '7bit',
    disposition:
      disposition === undefined || disposition.value === ''
        ? null
        : { type: disposition.value, parameters: disposition.parameters },
    language: languages(text(header, 'content-language', budget)),
    location: text(header, 'content-location', budget),
    md5: text(header, 'content-md5', budget),
    start,
    bodyStart,
    end,
    lines: lines.between(bodyStart, end),
    parts: [],
    message: null,
  };
}

/** Of text without a charset the one it has by default is told (RFC 2046 §4.1.2). */
function typeParameters(found: Parameters, type: string): Parameters {
  if (type !== 'text' || found.some(([name]) => /^charset(?:\*|$)/i.test(name))) return found;
  return [...found, ['charset', 'us-ascii']];
}

/** What the parser has in lower case as the field has it, unless that is something else. */
const asWritten = (written: string | undefined, lowered: string): string =>
  written?.toLowerCase() === lowered ? written : lowered;

function parameterized(
  header: Header,
  name: string,
  budget: ContentBudget,
): { readonly value: string; readonly parameters: Parameters } | undefined {
  const field = header.get(name);
  if (field === undefined) return undefined;
  const { value, parameters } = rawParameters(field.value, CONTENT_MESSAGE_LIMITS);
  const head = budget.take(singleLine(value));
  if (head === null) return undefined;
  const kept: [string, string][] = [];
  for (const [key, text] of joinContinuations(parameters)) {
    if (key === '' || budget.take(key + text) === null) continue;
    kept.push([singleLine(key), singleLine(text)]);
  }
  return { value: head, parameters: kept };
}

/** `name*0*`, `name*1`: one segment of a value (RFC 2231 §3). Names are the same in any case. */
const SEGMENT = /^([^*]+)\*(0|[1-9]\d{0,2})(\*?)$/;

/**
 * Values that were cut into segments as one, for clients that know no segments: `name*` where any is percent-encoded, else
 * `name`. Segments that are not numbered from 0 on stay as they are.
 */
function joinContinuations(parameters: Parameters): Parameters {
  const segments = new Map<
    string,
    { readonly index: number; readonly value: string; readonly encoded: boolean }[]
  >();
  for (const [name, value] of parameters) {
    const [, base = '', index = '', star = ''] = SEGMENT.exec(name) ?? [];
    if (base === '') continue;
    const found = segments.get(base.toLowerCase()) ?? [];
    segments.set(base.toLowerCase(), found);
    found.push({ index: Number(index), value, encoded: star !== '' });
  }
  if (segments.size === 0) return parameters;
  const joined: (readonly [string, string])[] = [];
  for (const [name, value] of parameters) {
    const base = SEGMENT.exec(name)?.[1];
    const found = base === undefined ? undefined : segments.get(base.toLowerCase());
    if (base === undefined || found === undefined || found.length === 0) {
      if (found === undefined) joined.push([name, value]);
      continue;
    }
    const ordered = found.toSorted((one, other) => one.index - other.index);
    if (ordered.some(({ index }, at) => index !== at)) {
      // As they are: nobody knows what is missing.
      segments.delete(base.toLowerCase());
      joined.push([name, value]);
      continue;
    }
    const encoded = ordered.some((segment) => segment.encoded);
    const charset = encoded && ordered[0]?.encoded === false ? "''" : '';
    const whole = ordered.map((one) => (encoded && !one.encoded ? percentEncoded(one.value) : one.value));
    joined.push([encoded ? `${base}*` : base, charset + whole.join('')]);
    found.length = 0;
  }
  return joined;
}

/** RFC 2231 §4: what may not stand in an encoded value. */
function percentEncoded(value: string): string {
  return Buffer.from(value)
    .toString('latin1')
    .replace(
      /[^A-Za-z0-9!#$&+.^_`{|}~-]/g,
      (octet) => `%${octet.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
}

function text(header: Header, name: string, budget: ContentBudget): string | null {
  const field = header.get(name);
  return field === undefined ? null : budget.take(singleLine(field.value));
}

function languages(value: string | null): readonly string[] {
  return (value ?? '')
    .split(/[\s,]+/, MAX_LANGUAGES)
    .filter((tag) => tag !== '' && tag.length <= 100)
    .map((tag) => tag.replace(/\(.*/, ''))
    .filter((tag) => tag !== '');
}

/** Counts the lines between many offsets in one pass, so that nested parts are not counted once for each level. */
class LineCounter {
  readonly raw: Uint8Array;
  /** Offset, and the line endings before it. */
  private readonly before = new Map<number, number>();

  constructor(raw: Uint8Array) {
    this.raw = raw;
  }

  want({ bodyStart, end }: { readonly bodyStart: number; readonly end: number }): void {
    this.before.set(bodyStart, 0);
    this.before.set(end, 0);
  }

  count(): void {
    const { raw } = this;
    const offsets = Array.from(this.before.keys()).sort((a, b) => a - b);
    let lines = 0;
    let at = 0;
    for (const offset of offsets) {
      for (; at < offset; at++) if (raw[at] === 0x0a) lines++;
      this.before.set(offset, lines);
    }
  }

  /** Whether nothing but white space stands there. */
  isBlank(start: number, end: number): boolean {
    for (let at = start; at < end; at++) {
      const octet = this.raw[at];
      if (octet !== 0x0d && octet !== 0x0a && octet !== 0x20 && octet !== 0x09) return false;
    }
    return true;
  }

  /** 0 for what was not asked for. */
  between(start: number, end: number): number {
    return Math.max(0, (this.before.get(end) ?? 0) - (this.before.get(start) ?? 0));
  }
}
