import type { HeaderField } from '../../message/types.ts';
import { signatureText } from '../dkim/signature.ts';
import { parseTagList } from '../dkim/tag-list.ts';

/** position = 1*2DIGIT (RFC 8617 §3.9), from 1 to 50 (§4.2.1). */
const POSITION = /^[0-9]{1,2}$/;
/** Sets of a chain are at most so many (RFC 8617 §4.2.1). */
export const MAX_INSTANCE = 50;

/**
 * The instance of an ARC field: the tag `i=`, which in ARC-Authentication-Results is no tag but stands before the first
 * semicolon (RFC 8617 §4.1.1). Undefined when there is none between 1 and 50.
 */
export function readInstance(field: HeaderField): number | undefined {
  const text =
    field.key === 'arc-authentication-results'
      ? leadingInstance(field.rawValue)?.position
      : parseTagList(signatureText(field)).tags.get('i');
  if (text === undefined || !POSITION.test(text)) return undefined;
  const instance = Number(text);
  return instance >= 1 && instance <= MAX_INSTANCE ? instance : undefined;
}

/** What stands in an ARC-Authentication-Results behind the semicolon of its instance; undefined when there is none. */
export function resultsOf(field: HeaderField): string | undefined {
  const instance = leadingInstance(field.rawValue);
  return instance && field.rawValue.slice(instance.end);
}

/** `[CFWS] "i" [CFWS] "=" [CFWS] position [CFWS] ";"`: the position as text, and where this ends. */
function leadingInstance(text: string): { position: string; end: number } | undefined {
  let at = skipCfws(text, 0);
  if (text[at] !== 'i') return undefined;
  at = skipCfws(text, at + 1);
  if (text[at] !== '=') return undefined;
  const from = skipCfws(text, at + 1);
  let end = from;
  while (/[0-9]/.test(text.charAt(end))) end++;
  const semicolon = skipCfws(text, end);
  if (text[semicolon] !== ';') return undefined;
  return { position: text.slice(from, end), end: semicolon + 1 };
}

/** Behind white space and comments, nested ones too (RFC 5322 §3.2.2); at the end of the text when one is left open. */
function skipCfws(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '(') depth++;
    else if (character === ')' && depth > 0) depth--;
    else if (character === '\\' && depth > 0) at++;
    else if (depth === 0 && !' \t\r\n'.includes(character)) return at;
  }
  return text.length;
}
