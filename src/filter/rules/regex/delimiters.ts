import type { Pattern } from '../types.ts';
import { PatternError } from './syntax.ts';

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '(': ')', '<': '>', '[': ']' };

/** Takes `/…/i`, `m{…}`, `m!…!`, `qr'…'` apart. Throws {@link PatternError}. */
export function readDelimited(text: string): Pattern {
  const opened = /^(?:\/|(?:m|qr)([^\w\s\\]))/.exec(text);
  if (opened === null) throw new PatternError('pattern without delimiters, such as /…/');
  const opening = opened[1] ?? '/';
  const closing = CLOSING[opening] ?? opening;
  const end = text.lastIndexOf(closing);
  const flags = text.slice(end + 1);
  if (end < opened[0].length || !/^[a-df-z]*$/.test(flags))
    throw new PatternError(`pattern without its closing ${closing}`);
  const source = text.slice(opened[0].length, end);
  if (closing === opening && hasBare(source, closing))
    throw new PatternError(`${closing} in the pattern needs a backslash`);
  return { source, flags };
}

/** Whether a delimiter stands in a pattern without a backslash. */
function hasBare(source: string, delimiter: string): boolean {
  for (let i = 0; i < source.length; i++)
    if (source[i] === '\\') i++;
    else if (source[i] === delimiter) return true;
  return false;
}
