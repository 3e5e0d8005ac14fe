import { encodeWords } from '../message/words.ts';

/**
 * A prefix and the subject as received, as the value of a new Subject field. A subject in ASCII, encoded words
 * included, stays as it is; one with raw 8-bit bytes is encoded (RFC 2047), as is the prefix where it needs to be.
 */
export function encodeSubject(prefix: string, rawValue: string, text = ''): string {
  // Folds come with either line ending; anything else that ends a line becomes a space.
  const unfolded = rawValue
    .replaceAll(/\r?\n(?=[ \t])/g, '\n')
    .replaceAll(/[\r\n](?![ \t])|\r/g, ' ')
    // A line of white space only would end the header for some readers.
    .replaceAll(/\n[ \t]*(?=\n)/g, '')
    .trim();
  const subject = /^[\x20-\x7e\t\n]*$/.test(unfolded) ? unfolded : encodeLong(oneLine(text));
  const plain = oneLine(prefix);
  if (plain === '') return subject;
  const start = /^[\x20-\x7e]*$/.test(plain) ? plain : encodeLong(plain);
  return subject === '' ? start : `${start} ${subject}`;
}

const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ').trim();

/** A line for each encoded word: a long subject would pass the 998 characters of RFC 5322 §2.1.1. */
const encodeLong = (text: string): string => encodeWords(text).replaceAll('?= =?', '?=\n =?');
