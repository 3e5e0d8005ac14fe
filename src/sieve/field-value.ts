import { foldHeaderValue } from '../message/fold.ts';
import { encodeWords } from '../message/words.ts';

/**
 * A text of a script as the value of a header field: in US-ASCII, on lines that are folds of one field, so that
 * nothing of it can end the field or begin another (RFC 5293 §4). Words beyond US-ASCII become encoded words
 * (RFC 2047 §5); what is US-ASCII already stays as it is, so that addresses and encoded words survive.
 */
export function fieldValue(name: string, text: string): string {
  const flat = text
    // Folds stay white space, other line breaks become it.
    .replace(/(?:\r\n|\r|\n)(?=[ \t])/g, '')
    .replace(/[\0-\x08\n-\x1f\x7f]+/g, ' ')
    .trim();
  return foldHeaderValue(name, /[^\t -~]/.test(flat) ? encodeRuns(flat.toWellFormed()) : flat);
}

/** Encodes words beyond US-ASCII; those that stand together as one, since the space between encoded words is dropped. */
function encodeRuns(text: string): string {
  let out = '';
  let run = '';
  // Words with the white space before them.
  for (const word of text.split(/(?=[\t ])(?<![\t ])/)) {
    if (/[^\t -~]/.test(word)) run += word;
    else {
      out += encoded(run) + word;
      run = '';
    }
  }
  return out + encoded(run);
}

function encoded(run: string): string {
  const words = run.trimStart();
  return words === '' ? run : run.slice(0, -words.length) + encodeWords(words);
}
