import type { Report } from './defects.ts';

/** Where a comment or quoted string ended, and what it held with quoted pairs undone. */
export interface Token {
  /** Index after the closing character (the length of the value when there is none). */
  readonly end: number;
  readonly text: string;
}

/**
 * The comment that begins at `value[at]` = `(` (RFC 5322 §3.2.2), nested comments inside it as written. Beyond `depth`
 * levels parentheses no longer count. Iterative and linear.
 */
export function readComment(value: string, at: number, depth: number, report?: Report): Token {
  let level = 0;
  let text = '';
  let from = at + 1;
  for (let i = at; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0x5c) {
      text += value.slice(from, i);
      from = i + 1;
      i++;
    } else if (code === 0x28) {
      if (level < depth) level++;
      else report?.('comment-too-deep');
    } else if (code === 0x29 && --level === 0) return { end: i + 1, text: text + value.slice(from, i) };
  }
  report?.('unclosed-comment');
  return { end: value.length, text: text + value.slice(from) };
}

/** The quoted string that begins at `value[at]` = `"` (RFC 5322 §3.2.4), quoted pairs undone. Linear. */
export function readQuoted(value: string, at: number, report?: Report): Token {
  let text = '';
  let from = at + 1;
  for (let i = from; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0x5c && i + 1 < value.length) {
      text += value.slice(from, i);
      from = i + 1;
      i++;
    } else if (code === 0x22) return { end: i + 1, text: text + value.slice(from, i) };
  }
  report?.('unclosed-quoted-string');
  return { end: value.length, text: text + value.slice(from) };
}

/** `value` without its comments; quoted strings stay as written. */
export function stripComments(value: string, depth: number, report?: Report): string {
  if (!value.includes('(')) return value;
  let out = '';
  let from = 0;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === 0x22) i = readQuoted(value, i).end - 1;
    else if (code === 0x5c) i++;
    else if (code === 0x28) {
      out += `${value.slice(from, i)} `;
      from = readComment(value, i, depth, report).end;
      i = from - 1;
    }
  }
  return out + value.slice(from);
}

/** Without the white space of the grammar at both ends; a no-break space (0xA0 of some UTF-8 sequences) is none. */
export const trimSpace = (value: string): string => {
  let start = 0;
  let end = value.length;
  while (start < end && isSpace(value.charCodeAt(start))) start++;
  while (end > start && isSpace(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
};

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
