import type { MessageLimits } from './limits.ts';
import type { Link } from './types.ts';

/**
 * Beginnings of URLs in text: a scheme a mail reader makes a link of, or a bare `www.`. What follows is read up to
 * white space or a delimiter no URL holds (RFC 3986 §2), by a class alone, so that time stays linear.
 */
const URL_IN_TEXT =
  /(?:\b(?:https?|ftp):\/\/|\bmailto:|\bwww\d{0,3}\.(?=[\p{L}\p{N}]))[^\s<>"`{}|\\^\u00a0\u200b\u3000]+/giu;
const TRAILING = /[.,;:!?'*_~\u2026\u3002\uff0c\u201d\u2019\u00bb]$/;
const CLOSING: Readonly<Record<string, string>> = { ')': '(', ']': '[' };
/** Characters taken off the end one by one at most: punctuation, not a hostile run of it. */
const MAX_TRIM = 64;

/** Without the punctuation of the sentence around it; a closing bracket stays when the URL has its opening one. */
function trimUrl(url: string): string {
  let end = url.length;
  for (let i = 0; i < MAX_TRIM && end > 0; i++) {
    const last = url[end - 1] ?? '';
    const opening = CLOSING[last];
    const body = url.slice(0, end - 1);
    if (opening !== undefined && body.includes(opening) === false) end--;
    else if (opening !== undefined && count(body, opening) <= count(body, last)) end--;
    else if (TRAILING.test(last)) end--;
    else break;
  }
  return url.slice(0, end);
}

const count = (text: string, character: string): number => text.split(character).length - 1;

/** URLs in plain text, in order, without doubles; at most `limits.links`. */
export function findTextLinks(
  text: string,
  part: number,
  limits: Pick<MessageLimits, 'links' | 'linkCharacters'>,
): readonly Link[] {
  const found = new Map<string, Link>();
  for (const match of text.matchAll(URL_IN_TEXT)) {
    const url = trimUrl(match[0].slice(0, limits.linkCharacters));
    if (/^(?:\w+:(?:\/\/)?|www\d*\.?)$/.test(url) || found.has(url)) continue;
    if (found.size >= limits.links) break;
    found.set(url, { url, text: '', origin: 'text', part });
  }
  return [...found.values()];
}
