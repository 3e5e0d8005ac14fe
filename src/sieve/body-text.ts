/**
 * What the `body` test looks into (RFC 5173 §5). Made once for a message, however many tests, scripts and recipients
 * there are. Lines end in LF, whatever the message has.
 */
import { isUtf8 } from 'node:buffer';
import { asBuffer } from '../message/charset.ts';
import type { Message, Part, Range } from '../message/types.ts';
import { htmlText } from './html-text.ts';
import type { RunState, SharedFolds } from './state.ts';

/** Octets of one value: as much as is decoded of a text part. Nobody looks for words in more. */
const MAX_OCTETS = 8 * 1024 * 1024;

/** One string, with its folded forms: several questions are answered with the same ones. */
interface Text {
  readonly value: string;
  readonly folds: SharedFolds;
}

const newText = (value: string): Text => ({ value, folds: new Map() });

/** The answer to one question. */
interface Texts {
  readonly values: readonly string[];
  readonly folds: readonly SharedFolds[];
}

interface Known {
  /** By what was asked for. */
  readonly answers: Map<string, Texts>;
  /** What each part is, decoded. */
  readonly contents: Map<Part, readonly Text[]>;
  /** The text of each part that has one. */
  readonly texts: Map<Part, Text>;
}

const newKnown = (): Known => ({ answers: new Map(), contents: new Map(), texts: new Map() });

/** `work`: how often each part is looked at. */
function once(
  state: RunState,
  key: string,
  make: (message: Message, known: Known) => readonly Text[],
  work = 1,
): readonly string[] {
  const { message } = state;
  const known = message.derived(newKnown);
  let answer = known.answers.get(key);
  if (answer === undefined) {
    state.spend(1 + (message.raw.length >> 10) + ((message.parts.length * work) >> 6));
    const texts = hasBody(message) ? make(message, known) : [];
    answer = { values: texts.map(({ value }) => value), folds: texts.map(({ folds }) => folds) };
    known.answers.set(key, answer);
  }
  state.share(answer.values, answer.folds);
  return answer.values;
}

/** RFC 5173 §4: a message that ends with its header, without the empty line, has no body, and no test of it is true. */
function hasBody({ root, raw }: Message): boolean {
  return root.bodyStart < raw.length || root.header.end < root.bodyStart;
}

/** RFC 5173 §5.1: all of the body, nothing decoded. */
export function rawBody(state: RunState): readonly string[] {
  return once(state, 'raw', ({ raw, root }) => [newText(textOf(raw.subarray(root.bodyStart)))]);
}

/** RFC 5173 §5.3: what there is to read: text parts; of HTML its text. */
export function bodyTexts(state: RunState): readonly string[] {
  return once(state, 'text', ({ parts }, known) =>
    parts
      .filter((part) => part.children.length === 0 && isText(part))
      .map((part) => (part.type === 'text/html' ? newText(htmlText(part.text)) : partText(part, known))),
  );
}

/** RFC 5173 §5.2: the parts of these content types, decoded. The types are lower-case. */
export function bodyContents(state: RunState, types: readonly string[]): readonly string[] {
  const make = (message: Message, known: Known): Text[] =>
    message.parts
      .filter((part) => types.some((type) => isOfType(part, type)))
      .flatMap((part) => {
        let found = known.contents.get(part);
        if (found === undefined) known.contents.set(part, (found = contentOf(part, known)));
        return found;
      });
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

function contentOf(part: Part, known: Known): Text[] {
  // RFC 5173 §5.2: of a multipart, what stands before and behind its parts.
  if (part.type.startsWith('multipart/'))
    return [newText(rangeText(part, part.preamble)), newText(rangeText(part, part.epilogue))];
  const [nested] = part.children;
  // RFC 5173 §5.2: of a message within the message, its header.
  if (nested !== undefined) return [newText(rangeText(part, nested.header))];
  return [isText(part) ? partText(part, known) : newText(textOf(part.content))];
}

function partText(part: Part, { texts }: Known): Text {
  let found = texts.get(part);
  if (found === undefined) texts.set(part, (found = newText(part.text)));
  return found;
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
