/** Strings and names of PDF (ISO 32000-1, 7.3.4 and 7.3.5). */

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

export interface PdfString {
  /** One character a byte. */
  readonly value: string;
  /** Where the text goes on. */
  readonly end: number;
}

/**
 * The string that begins at `at` in `text`, one character a byte: `(literal)` or `<hex>`; undefined when there is none.
 * At most `limit` characters of it are looked at.
 */
export function pdfString(text: string, at: number, limit: number): PdfString | undefined {
  if (text[at] === '(') return literal(text, at + 1, Math.min(text.length, at + 1 + limit));
  if (text[at] !== '<' || text[at + 1] === '<') return undefined;
  const digits = text.slice(at + 1, at + 1 + limit).split('>', 1)[0] ?? '';
  const value = Buffer.from(digits.replace(/[^\da-f]+/gi, ''), 'hex').toString('latin1');
  return { value, end: at + 1 + digits.length };
}

function literal(text: string, start: number, stop: number): PdfString {
  let value = '';
  let depth = 0;
  let at = start;
  for (; at < stop; at++) {
    const character = text[at] ?? '';
    if (character === '\\') {
      const octal = /^[0-7]{1,3}/.exec(text.slice(at + 1, at + 4))?.[0];
      if (octal !== undefined) {
        value += String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
        at += octal.length;
      } else {
        const next = text[++at] ?? '';
        // A line that goes on.
        if (next !== '\n' && next !== '\r') value += ESCAPES[next] ?? next;
      }
      continue;
    }
    if (character === '(') depth++;
    else if (character === ')' && depth-- === 0) break;
    value += character;
  }
  return { value, end: at };
}

/** Text of a string, which begins with a mark when it is UTF-16 (ISO 32000-1, 7.9.2.2). */
export function textOf(bytes: string): string {
  if (!bytes.startsWith('\xfe\xff')) return bytes;
  const units = Buffer.from(bytes.slice(2), 'latin1');
  return new TextDecoder('utf-16be').decode(units);
}

/** Names may hide their letters as `#6a`; without that, and how often it was done to letters. */
export function plainNames(text: string): { text: string; hidden: number } {
  if (!text.includes('#')) return { text, hidden: 0 };
  let hidden = 0;
  const plain = text.replace(/\/[^\s()<>[\]{}/%]{1,200}/g, (name) =>
    name.replace(/#([\da-f]{2})/gi, (_, hex: string) => {
      const letter = String.fromCharCode(Number.parseInt(hex, 16));
      if (/[a-z]/i.test(letter)) hidden++;
      return letter;
    }),
  );
  return { text: plain, hidden };
}
