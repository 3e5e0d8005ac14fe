import { decodeCharset, decodeHeaderBytes } from './charset.ts';
import type { Report } from './defects.ts';
import type { MessageLimits } from './limits.ts';
import { readComment, readQuoted, stripComments, trimSpace } from './tokens.ts';
import type { ParameterizedValue } from './types.ts';
import { decodeWords } from './words.ts';

type ParameterLimits = Pick<MessageLimits, 'parameters' | 'commentDepth'>;

/** The parsed field, and what only the MIME tree needs of it. */
export interface ParsedParameters extends ParameterizedValue {
  /** Every `boundary` value in order, bytes as latin1: compared with the body's bytes, so never decoded. */
  readonly boundaries: readonly string[];
}

interface Raw {
  /** In lower case. */
  readonly name: string;
  readonly written: string;
  readonly value: string;
}

/** One segment of a continued parameter (RFC 2231 §3). */
interface Segment {
  readonly index: number;
  readonly value: string;
  /** The name ended in `*`: percent-encoded, the first with charset and language. */
  readonly extended: boolean;
}

/** Names whose unquoted values are read to the semicolon: file names with spaces and parentheses are common. */
const FREE_TEXT = /^(?:file)?name\b/;

/** Splits `type; name=value…` into the value and its raw parameters. The value is latin1 and unfolded. */
function split(value: string, limits: ParameterLimits, report?: Report): { head: string; list: Raw[] } {
  const semicolon = value.indexOf(';');
  if (semicolon < 0) return { head: trimSpace(stripComments(value, limits.commentDepth, report)), list: [] };
  let head = value.slice(0, semicolon);
  let i = semicolon + 1;
  if (head.includes('(')) {
    // A comment may hold the semicolon.
    let at = 0;
    let out = '';
    while (at < value.length && value[at] !== ';') {
      if (value[at] === '(') at = readComment(value, at, limits.commentDepth, report).end;
      else out += value[at++];
    }
    head = out;
    i = at + 1;
  }
  const list: Raw[] = [];
  while (i < value.length) {
    const character = value[i] ?? '';
    if (character === ';' || /[ \t\r\n]/.test(character)) i++;
    else if (character === '(') i = readComment(value, i, limits.commentDepth, report).end;
    else {
      if (list.length >= limits.parameters) {
        report?.('too-many-parameters');
        break;
      }
      NAME.lastIndex = i;
      const name = NAME.exec(value)?.[0] ?? '';
      i += name.length;
      if (value[i] !== '=') {
        // A word without "=": skipped to the next semicolon.
        report?.('parameter-syntax');
        const next = value.indexOf(';', i);
        i = next < 0 ? value.length : next + 1;
        continue;
      }
      const read = readValue(value, i + 1, name, limits, report);
      i = read.end;
      const written = trimSpace(name.includes('(') ? stripComments(name, limits.commentDepth, report) : name);
      list.push({ name: written.toLowerCase(), written, value: read.text });
    }
  }
  return { head: trimSpace(head), list };
}

const NAME = /[^=;"]*/y;

function readValue(
  value: string,
  from: number,
  name: string,
  limits: ParameterLimits,
  report?: Report,
): { end: number; text: string } {
  let i = from;
  while (value[i] === ' ' || value[i] === '\t') i++;
  if (value[i] === '"') {
    const quoted = readQuoted(value, i, report);
    let { end } = quoted;
    const next = value.indexOf(';', end);
    const rest = value.slice(end, next < 0 ? value.length : next);
    if (trimSpace(stripComments(rest, limits.commentDepth)) !== '') {
      // name="a" rest: what follows the quotes is not ours unless it is a parameter without its semicolon.
      report?.('parameter-syntax');
      if (!/^[ \t]+[^\s=;"]+[ \t]*=/.test(rest.slice(0, 200))) end += rest.length;
    } else end += rest.length;
    return { end, text: quoted.text };
  }
  const next = value.indexOf(';', i);
  const end = next < 0 ? value.length : next;
  let text = trimSpace(value.slice(i, end));
  if (!FREE_TEXT.test(trimSpace(name).toLowerCase())) {
    text = trimSpace(stripComments(text, limits.commentDepth, report));
    // An unquoted token ends at white space; the rest may be a parameter without its semicolon.
    const space = text.search(/[ \t\r\n]/);
    if (space >= 0) {
      report?.('parameter-syntax');
      const rest = text.slice(space);
      if (/^[ \t]+[^\s=;"]+[ \t]*=/.test(rest.slice(0, 200)) && value.startsWith(text.slice(0, space), i))
        return { end: i + space, text: text.slice(0, space) };
      text = text.slice(0, space);
    }
  }
  return { end, text };
}

/** Bytes (as latin1) of a percent-encoded segment (RFC 2231 §4). */
const percentDecode = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** Joins the segments of one name, in order of their numbers, and decodes them (RFC 2231 §4.1). */
function joinSegments(segments: readonly Segment[], report?: Report): string {
  const ordered = segments.toSorted((a, b) => a.index - b.index);
  let charset: string | undefined;
  let bytes = '';
  let expected = Math.max(0, ordered[0]?.index ?? 0);
  if (expected > 0) report?.('parameter-continuation');
  let seen = -2;
  for (const segment of ordered) {
    if (segment.index === seen) {
      report?.('parameter-continuation');
      continue;
    }
    if (segment.index > expected) report?.('parameter-continuation');
    seen = segment.index;
    expected = segment.index + 1;
    let { value } = segment;
    if (segment.extended && charset === undefined) {
      const parts = /^([^']*)'([^']*)'(.*)$/s.exec(value);
      if (parts === null) report?.('parameter-syntax');
      charset = parts?.[1] ?? '';
      value = parts?.[3] ?? value;
    }
    bytes += segment.extended ? percentDecode(value) : value;
  }
  if (charset === undefined || charset === '') return decodeHeaderBytes(bytes);
  const decoded = decodeCharset(Buffer.from(bytes, 'latin1'), charset);
  if (decoded.fault === 'unknown') report?.('parameter-charset');
  return decoded.text;
}

/**
 * The parameters of a `type; name=value` field (RFC 2045 §5.1) as they are written, quoting undone, with the segments and
 * codes of RFC 2231 §3 left to the reader; the value is unfolded. Upper and lower case are as written.
 */
export function rawParameters(
  value: string,
  limits: ParameterLimits,
): { readonly value: string; readonly parameters: readonly (readonly [name: string, value: string])[] } {
  const { head, list } = split(value, limits);
  return { value: head, parameters: list.map((one) => [one.written, one.value] as const) };
}

/**
 * Reads a `type; name=value` field (RFC 2045 §5.1) from its unfolded bytes as latin1 code units. An RFC 2231 value
 * wins over a plain one of the same name; of two plain ones the first counts.
 */
export function parseParameters(latin1: string, limits: ParameterLimits, report?: Report): ParsedParameters {
  const { head, list } = split(latin1, limits, report);
  const parameters = new Map<string, string>();
  const boundaries: string[] = [];
  const segments = new Map<string, Segment[]>();
  const plain = new Set<string>();
  for (const { name, value } of list) {
    const extended = /^([^*]+)(?:\*(\d{1,4}))?(\*?)$/.exec(name);
    if (extended !== null && (extended[2] !== undefined || extended[3] === '*')) {
      const key = extended[1] ?? '';
      const segment = {
        index: extended[2] === undefined ? -1 : Number(extended[2]),
        value,
        extended: extended[3] === '*',
      };
      const known = segments.get(key);
      if (known === undefined) segments.set(key, [segment]);
      else known.push(segment);
      continue;
    }
    if (name === 'boundary') boundaries.push(value);
    if (plain.has(name)) report?.('duplicate-parameter');
    else {
      plain.add(name);
      const text = decodeHeaderBytes(value);
      parameters.set(name, name === 'boundary' ? text : decodeWords(text, report));
    }
  }
  for (const [name, found] of segments) {
    // `name*` and `name*0` together: the numbered ones are the fallback of the other.
    const whole = found.filter((segment) => segment.index < 0);
    if (whole.length > 1) report?.('duplicate-parameter');
    const text = joinSegments(whole.length > 0 ? whole.slice(0, 1) : found, report);
    parameters.set(name, text);
    if (name === 'boundary') boundaries.unshift(text);
  }
  return { value: decodeHeaderBytes(head).toLowerCase(), parameters, boundaries };
}
