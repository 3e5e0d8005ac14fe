import type { Message } from '../../../message/types.ts';
import { MAX_RUNS, MAX_SUBJECT, MAX_TEXT } from '../limits.ts';
import { characterKinds, DIGIT, LETTER, UNSPACED } from './characters.ts';
import { HASH_START, hashStep, hashText, type FeatureSink } from './sink.ts';
import { splitWords, type Words } from './words.ts';

/** What comes before a subject's own words: reply marks, and the tags by which lists sort. */
const SUBJECT_MARKS =
  /^(?:\s*(?:re|r|fwd?|aw|wg|sv|antw|tr|rif|ynt|vs|odp|res|enc)\s*(?:\[\d+\])?\s*[:：]|\s*\[[^\]\n]{1,40}\])+/i;
/** A signature, or what a list puts below a message. */
const FOOTER = /^(?:-- ?|_{20,}|-{40,})$/m;
/** What stands below such a line is left out when it is no longer than this: newsletters draw lines as well. */
const MAX_FOOTER = 800;
/** Letters of a run: long enough to be a piece of a word, short enough to outlive a disguise. */
const RUN = 4;
/** Words shorter than this are no names. */
const MIN_NAME = 3;

export interface TextFacts {
  readonly subject: Words;
  readonly body: Words;
  /** Length of the text before anything was cut. */
  readonly length: number;
}

/** Features of what is written: words of the subject, words of the text, pairs of neighbours, runs of letters. */
export function addText(sink: FeatureSink, message: Message): TextFacts {
  const names = recipientNames(message);
  const subjectText = subjectOf(message);
  const subject = splitWords(subjectText, names);
  const bodyText = bodyOf(message);
  const body = splitWords(bodyText, names);

  sink.begin('subject');
  addWords(sink, subject);
  addPairs(sink, subject);
  sink.begin('words');
  addWords(sink, subject);
  addWords(sink, body);
  sink.begin('pairs');
  addPairs(sink, body);
  sink.begin('runs');
  addRuns(sink, subjectText);
  addRuns(sink, withoutNames(bodyText));
  return { subject, body, length: message.text.length };
}

function addWords(sink: FeatureSink, { hashes, count }: Words): void {
  for (let index = 0; index < count; index++) sink.add(hashes[index] ?? 0);
}

function addPairs(sink: FeatureSink, { hashes, count }: Words): void {
  for (let index = 1; index < count; index++)
    sink.add(Math.imul(hashes[index - 1] ?? 0, 31) ^ (hashes[index] ?? 0));
}

/** Each run of {@link RUN} characters, letters and digits only, one blank between words. */
function addRuns(sink: FeatureSink, text: string): void {
  const kinds = characterKinds();
  const recent = new Int32Array(RUN);
  const lower = text.toLowerCase();
  let filled = 0;
  let left = MAX_RUNS;
  let blank = true;
  for (let index = 0; index < lower.length && left > 0; index++) {
    const code = lower.charCodeAt(index);
    const kind = kinds[code] ?? 0;
    let taken: number;
    if (kind === LETTER || kind === UNSPACED) taken = code;
    else if (kind === DIGIT) taken = 0x30;
    else if (blank) continue;
    else taken = 0x20;
    blank = taken === 0x20;
    recent.copyWithin(0, 1);
    recent[RUN - 1] = taken;
    if (++filled < RUN) continue;
    let hash = HASH_START;
    for (let place = 0; place < RUN; place++) hash = hashStep(hash, recent[place] ?? 0);
    sink.add(hash);
    left--;
  }
}

function subjectOf({ header }: Message): string {
  const text = (header.get('subject')?.text ?? '').slice(0, MAX_SUBJECT);
  return plainLetters(text.replace(SUBJECT_MARKS, ''));
}

function bodyOf(message: Message): string {
  const text = message.text.slice(0, MAX_TEXT);
  const footer = FOOTER.exec(text);
  const own =
    footer !== null && text.length - footer.index <= MAX_FOOTER ? text.slice(0, footer.index) : text;
  return plainLetters(own);
}

/** Text without quoted lines and without what holds the name of a host, as `splitWords` reads it. */
function withoutNames(text: string): string {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('>'))
    .flatMap((line) => line.split(' '))
    .filter((run) => !/[@/]|[a-z0-9]\.[a-z]/i.test(run))
    .join(' ');
}

/** Styled letters (mathematical bold, full width) as plain ones; only where there is anything but ASCII. */
const plainLetters = (text: string): string => (/[^\0-\x7f]/.test(text) ? text.normalize('NFKC') : text);

/** The words of the recipients' names and addresses: they tell whose mailbox it was, not what it is. */
function recipientNames({ header }: Message): Set<number> {
  const names = new Set<number>();
  for (const key of ['to', 'cc', 'delivered-to', 'x-original-to'])
    for (const { name, address } of header.get(key)?.addresses.slice(0, 5) ?? [])
      for (const word of `${name} ${address}`
        .slice(0, 200)
        .toLowerCase()
        .split(/[^\p{L}\p{M}]+/u))
        if (word.length >= MIN_NAME) names.add(hashText(word));
  return names;
}
