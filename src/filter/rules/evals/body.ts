/** Eval functions on the text of a message: its length, its lines, how much HTML and plain text differ. */
import type { Part } from '../../../message/types.ts';
import { toOctets } from '../../views/octets.ts';
import { isFrom, numberOf } from './support/arguments.ts';
import type { EvalContext, EvalFunction } from './types.ts';

type Context = EvalContext;

/** `check_body_length('256')`: bytes behind the header, at most so many. */
const bodyLength: EvalFunction = (context, [most]) => context.derived(bytesOfBody) <= numberOf(most);

/** `check_text_length('6000')`, our own: characters of the text as a reader sees it, at most so many. */
const textLength: EvalFunction = ({ message }, [most]) => message.text.length <= numberOf(most);

function bytesOfBody({ message: { raw, root } }: Context): number {
  let carriageReturns = 0;
  for (let at = raw.indexOf(13, root.bodyStart); at >= 0; at = raw.indexOf(13, at + 1))
    if (raw[at + 1] === 10) carriageReturns++;
  return raw.length - root.bodyStart - carriageReturns;
}

/** `check_blank_line_ratio(min, max, lines)`: per cent of the lines, of which there have to be so many. */
const blankLines: EvalFunction = (context, [min, max, least = '1']) => {
  const { lines, blank } = context.derived(countLines);
  const share = lines < Math.max(1, numberOf(least)) ? -1 : (100 * blank) / lines;
  return (numberOf(min) === 0 || share > numberOf(min)) && share <= numberOf(max);
};

function countLines({ views }: Context): { lines: number; blank: number } {
  let [lines, blank] = [0, 0];
  for (const chunk of views.rawbody)
    for (const line of chunk.split(/(?<=\n)/)) {
      lines++;
      if (!/\S/.test(line)) blank++;
    }
  return { lines, blank };
}

/** `tvd_vertical_words(min, max)`: spaces by a hundred other characters, of the paragraph that has most. */
const verticalWords: EvalFunction = (context, [min, max]) => {
  const share = context.derived(mostSpaces);
  const most = numberOf(max);
  return share >= numberOf(min) && share < (most >= 100 ? 101 : most);
};

function mostSpaces({ views }: Context): number {
  let most = -1;
  for (const line of views.body) {
    if (line.length <= 5) continue;
    let spaces = 0;
    for (let at = line.indexOf(' '); at >= 0; at = line.indexOf(' ', at + 1)) spaces++;
    const others = line.length - spaces;
    most = Math.max(most, spaces > others || others === 0 ? 100 : Math.trunc((100 * spaces) / others));
  }
  return most;
}

/** Headings of a list of figures about a share, letters alone. */
const STOCK_WORDS =
  /(^trad(?:e|ing)date|company(?:name)?|s\w?(?:t\w?o\w?c\w?k|y\w?m(?:\w?b\w?o\w?l)?)|t(?:arget|icker)|(?:opening|current)p(?:rice)?|p(?:rojected|osition)|expectations|weeks?high|marketperformance|(?:year|week|month|day|price)(?:target|estimates?)|sector|r(?:ecommendation|ating))$/;

/** `check_stock_info('2')`: so many different headings of that kind in the first plain part. */
const stockInfo: EvalFunction = (context, [least]) => context.derived(countStockWords) >= numberOf(least);

function countStockWords({ message }: Context): number {
  const part = message.parts.find(({ type }) => type === 'text/plain');
  if (part === undefined) return 0;
  const found = new Set<string>();
  for (const [, heading = ''] of toOctets(part.text.slice(0, 100_000)).matchAll(
    /^[^\S\n]*([^:\s][^:\n]{2,29})[^\S\n]*:[^\S\n]*\S/gm,
  )) {
    const word = STOCK_WORDS.exec(heading.toLowerCase().replace(/[^a-z]/g, ''))?.[1];
    if (word !== undefined) found.add(word);
  }
  return found.size;
}

interface Difference {
  /** Per cent of the words of the HTML that the plain text lacks. */
  readonly missing: number;
  readonly htmlWords: number;
  readonly textWords: number;
}

/** `multipart_alternative_difference(min, max)` */
const difference: EvalFunction = (context, [min, max]) => {
  const { missing } = context.derived(differenceOf);
  return (numberOf(min) === 0 || missing > numberOf(min)) && (max === 'undef' || missing <= numberOf(max));
};

/** `multipart_alternative_difference_count(ratio, html words)`: so many times the words of the HTML in the plain text. */
const differenceCount: EvalFunction = (context, [ratio, least]) => {
  const { htmlWords, textWords } = context.derived(differenceOf);
  return htmlWords > numberOf(least) && textWords / htmlWords > numberOf(ratio);
};

function differenceOf(context: Context): Difference {
  let result: Difference = { missing: 0, htmlWords: 0, textWords: 0 };
  const { parts } = context.message;
  const types = parts.map(({ type }) => type);
  if (types[0] === 'multipart/alternative' && types.length >= 3 && types.at(-1) === 'text/calendar')
    return result;
  for (const part of parts.filter(({ type }) => type === 'multipart/alternative')) {
    const html = new Map<string, number>();
    const text = new Map<string, number>();
    for (const one of textParts(part)) collect(context, one, html, text);
    if (html.size === 0) continue;
    let left = 0;
    for (const [word, count] of html) if (count - (text.get(word) ?? 0) >= 1) left++;
    const missing = Math.max(result.missing, (left / html.size) * 100);
    result = { missing, htmlWords: html.size, textWords: text.size };
  }
  return result;
}

const textParts = (part: Part): readonly Part[] =>
  part.children.length === 0
    ? part.type.startsWith('text/')
      ? [part]
      : []
    : part.children.flatMap(textParts);

function collect({ views }: Context, part: Part, html: Map<string, number>, text: Map<string, number>): void {
  const rendered = views.html.find((one) => one.part === part.index);
  if (rendered === undefined && part.type !== 'text/plain') return;
  const words = rendered === undefined ? text : html;
  for (const word of (rendered?.text ?? part.text).split(/\s+/))
    if (/[\p{L}\p{N}_]/u.test(word)) words.set(word, (words.get(word) ?? 0) + 1);
  if (rendered?.statistics.inside.has('img') === true && html.size === 0) html.set('\n', 1);
}

/** Lengths of the first plain part, before and behind its signature. */
interface SignatureSplit {
  readonly body: number;
  readonly signature: number;
}

function splitSignature({ message }: Context): SignatureSplit | undefined {
  const part = message.parts.find(({ type }) => type === 'text/plain');
  if (part === undefined) return undefined;
  const text = toOctets(part.text).replaceAll('\r\n', '\n');
  let split = { body: text.length, signature: 0 };
  for (const match of text.matchAll(/^-- ?$/gm)) {
    const end = match.index + match[0].length;
    if (text.length - end > 4) split = { body: match.index, signature: text.length - end };
  }
  return split;
}

/** `plaintext_body_length(min, max)` and its like. */
const ofPlainText =
  (measure: (split: SignatureSplit) => number): EvalFunction =>
  (context, [min, max]) => {
    const split = context.derived(splitSignature);
    return split !== undefined && isFrom(measure(split), min, max);
  };

export const bodyEvals: Readonly<Record<string, EvalFunction>> = {
  check_body_length: bodyLength,
  check_text_length: textLength,
  check_blank_line_ratio: blankLines,
  tvd_vertical_words: verticalWords,
  check_stock_info: stockInfo,
  multipart_alternative_difference: difference,
  multipart_alternative_difference_count: differenceCount,
  plaintext_body_length: ofPlainText(({ body }) => body),
  plaintext_sig_length: ofPlainText(({ signature }) => signature),
  plaintext_body_sig_ratio: ofPlainText(({ body, signature }) => (signature === 0 ? 1e6 : body / signature)),
};
