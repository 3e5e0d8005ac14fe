import { rawParameters } from '../../message/parameters.ts';
import type { Header, Message, Part } from '../../message/types.ts';
import { CONTENT_MESSAGE_LIMITS, type ContentBudget, singleLine } from './content-limits.ts';
import type { Structure } from './content-types.ts';
import { envelopeOf } from './envelope.ts';

type Parameters = readonly (readonly [string, string])[];

/** Languages of one Content-Language field; a document in more is a list of languages. */
const MAX_LANGUAGES = 20;
const OCTETS = { type: 'application', subtype: 'octet-stream' } as const;

/**
 * The structure of a message as BODYSTRUCTURE shows it (RFC 9051 §7.5.2), with offsets into its raw octets. What a client
 * would stumble over is shown as something it can read: a message that was not looked into is an octet-stream, a multipart
 * without any part has one of text. Linear in the message's length; nesting is bounded by the parser.
 */
export function structureOf(message: Message, budget: ContentBudget): Structure {
  const lines = new LineCounter(message.raw);
  for (const part of message.parts) {
    if (part.type.startsWith('text/') || part.type.startsWith('message/') || part.children.length === 0)
      lines.want(part.bodyStart, part.end);
  }
  lines.count();
  return entity(message.root, lines, budget);
}

/** By recursion: the parser's depth is bounded. */
function entity(part: Part, lines: LineCounter, budget: ContentBudget): Structure {
  const base = fields(part, lines, budget);
  const [child] = part.children;
  if (part.type.startsWith('multipart/')) {
    if (child === undefined && part.depth >= CONTENT_MESSAGE_LIMITS.depth) return { ...base, ...OCTETS };
    const parts = part.children.map((one) => entity(one, lines, budget));
    return { ...base, parts: parts.length > 0 ? parts : [onlyText(base)] };
  }
  if (base.type !== 'message' || (base.subtype !== 'rfc822' && base.subtype !== 'global')) return base;
  if (child === undefined) return { ...base, ...OCTETS };
  const envelope = envelopeOf(child.header, budget);
  return { ...base, message: { envelope, structure: entity(child, lines, budget) } };
}

/** The body of a multipart in which no part was found. */
function onlyText(multipart: Structure): Structure {
  return {
    ...multipart,
    type: 'text',
    subtype: 'plain',
    parameters: [['charset', 'us-ascii']],
    id: null,
    description: null,
    disposition: null,
    language: [],
    location: null,
    md5: null,
    start: multipart.bodyStart,
  };
}

function fields(part: Part, lines: LineCounter, budget: ContentBudget): Structure {
  const { header } = part;
  const slash = part.type.indexOf('/');
  const type = part.type.slice(0, slash);
  const disposition = parameterized(header, 'content-disposition', budget);
  return {
    type,
    subtype: part.type.slice(slash + 1),
    parameters: typeParameters(header, type, budget),
    id: text(header, 'content-id', budget),
    description: text(header, 'content-description', budget),
    encoding: budget.take(part.encoding.slice(0, 100)) ?? '7bit',
    disposition:
      disposition === undefined || disposition.value === ''
        ? null
        : { type: disposition.value, parameters: disposition.parameters },
    language: languages(text(header, 'content-language', budget)),
    location: text(header, 'content-location', budget),
    md5: text(header, 'content-md5', budget),
    start: part.start,
    bodyStart: part.bodyStart,
    end: part.end,
    lines: lines.between(part.bodyStart, part.end),
    parts: [],
    message: null,
  };
}

/** Of text without a charset the one it has by default is told (RFC 2046 §4.1.2). */
function typeParameters(header: Header, type: string, budget: ContentBudget): Parameters {
  const found = parameterized(header, 'content-type', budget)?.parameters ?? [];
  if (type !== 'text' || found.some(([name]) => /^charset(?:\*|$)/.test(name))) return found;
  return [...found, ['charset', 'us-ascii']];
}

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
  return { value: head.toLowerCase(), parameters: kept };
}

/** `name*0*`, `name*1`: one segment of a value (RFC 2231 §3). */
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
    const found = segments.get(base) ?? [];
    segments.set(base, found);
    found.push({ index: Number(index), value, encoded: star !== '' });
  }
  if (segments.size === 0) return parameters;
  const joined: (readonly [string, string])[] = [];
  for (const [name, value] of parameters) {
    const base = SEGMENT.exec(name)?.[1];
    const found = base === undefined ? undefined : segments.get(base);
    if (base === undefined || found === undefined || found.length === 0) {
      if (found === undefined) joined.push([name, value]);
      continue;
    }
    const ordered = found.toSorted((one, other) => one.index - other.index);
    if (ordered.some(({ index }, at) => index !== at)) {
      // As they are: nobody knows what is missing.
      segments.delete(base);
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
  private readonly raw: Uint8Array;
  /** Offset, and the line endings before it. */
  private readonly before = new Map<number, number>();

  constructor(raw: Uint8Array) {
    this.raw = raw;
  }

  want(start: number, end: number): void {
    this.before.set(start, 0);
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

  /** 0 for what was not asked for. */
  between(start: number, end: number): number {
    return Math.max(0, (this.before.get(end) ?? 0) - (this.before.get(start) ?? 0));
  }
}
