/**
 * What the `body` test looks into (RFC 5173 §5). Made once for a message, however many tests, scripts and recipients
 * there are. Lines end in LF, whatever the message has.
 */
import { isUtf8 } from 'node:buffer';
import { asBuffer } from '../message/charset.ts';
import type { Message, Part, Range } from '../message/types.ts';
import { htmlText } from './html-text.ts';
import { type RunState, type SharedFolds, shareFolds } from './state.ts';

/** Octets of one value: as much as is decoded of a text part. Nobody looks for words in more. */
const MAX_OCTETS = 8 * 1024 * 1024;

interface Known {
  /** By what was asked for. */
  readonly values: Map<string, readonly string[]>;
  /** What each part is: several questions are answered with the same strings. */
  readonly parts: Map<Part, readonly string[]>;
  readonly folds: SharedFolds;
}

const known = new WeakMap<Message, Known>();

function knownOf(message: Message): Known {
  let found = known.get(message);
  if (found === undefined)
    known.set(message, (found = { values: new Map(), parts: new Map(), folds: new Map() }));
  return found;
}

/** `work`: how often each part is looked at. */
function once(
  state: RunState,
  key: string,
  make: (message: Message) => string[],
  work = 1,
): readonly string[] {
  const { message } = state;
  const { values, folds } = knownOf(message);
  let found = values.get(key);
  if (found === undefined) {
    state.spend(1 + (message.raw.length >> 10) + ((message.parts.length * work) >> 6));
    values.set(key, (found = hasBody(message) ? make(message) : []));
    shareFolds(found, folds);
  }
  return found;
}

/** RFC 5173 §4: a message that ends with its header, without the empty line, has no body, and no test of it is true. */
function hasBody({ root, raw }: Message): boolean {
  return root.bodyStart < raw.length || root.header.end < root.bodyStart;
}

/** RFC 5173 §5.1: all of the body, nothing decoded. */
export function rawBody(state: RunState): readonly string[] {
  return once(state, 'raw', (message) => [textOf(message.raw.subarray(message.root.bodyStart))]);
}

/** RFC 5173 §5.3: what there is to read: text parts; of HTML its text. */
export function bodyTexts(state: RunState): readonly string[] {
  return once(state, 'text', ({ parts }) =>
    parts
      .filter((part) => part.children.length === 0 && isText(part))
      .map((part) => (part.type === 'text/html' ? htmlText(part.text) : part.text)),
  );
}

/** RFC 5173 §5.2: the parts of these content types, decoded. The types are lower-case. */
export function bodyContents(state: RunState, types: readonly string[]): readonly string[] {
  const make = (message: Message): string[] => {
    const { parts } = knownOf(message);
    return message.parts
      .filter((part) => types.some((type) => isOfType(part, type)))
      .flatMap((part) => {
        let values = parts.get(part);
        if (values === undefined) parts.set(part, (values = contentOf(part)));
        return values;
      });
  };
  return once(state, ['content', ...types].join('\n'), make, types.length);
}

/**
 * RFC 5173 §5.2: `` is every type, `type` all its subtypes, `type/subtype` only that. With a slash at either end, or
 * several, it is none.
 */
function isOfType({ type }: Part, wanted: string): boolean {
  if (wanted === '') return true;
  const slash = wanted.indexOf('/');
  if (slash === -1) return type.startsWith(`${wanted}/`);
  return slash > 0 && type === wanted && wanted.indexOf('/', slash + 1) === -1 && !wanted.endsWith('/');
}

const isText = (part: Part): boolean => part.type.startsWith('text/') || part.isBodyText;

function contentOf(part: Part): string[] {
  // RFC 5173 §5.2: of a multipart, what stands before and behind its parts.
  if (part.type.startsWith('multipart/'))
    return [rangeText(part, part.preamble), rangeText(part, part.epilogue)];
  const [nested] = part.children;
  // RFC 5173 §5.2: of a message within the message, its header.
  if (nested !== undefined) return [rangeText(part, nested.header)];
  return [isText(part) ? part.text : textOf(part.content)];
}

/** Bytes of a container's body; its content begins where its body does, since nothing in it is decoded. */
function rangeText(part: Part, range: Range | undefined): string {
  if (range === undefined) return '';
  return textOf(part.content.subarray(range.start - part.bodyStart, range.end - part.bodyStart));
}

/** UTF-8, or octet by octet where it is none. */
function textOf(bytes: Uint8Array): string {
  const octets = asBuffer(bytes.subarray(0, MAX_OCTETS));
  const text = octets.toString(isUtf8(octets) ? 'utf8' : 'latin1');
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
