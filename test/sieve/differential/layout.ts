import fc from 'fast-check';

/**
 * ```
 * string | number | tag or identifier | one character      ; RFC 5228 §8.1
 * ```
 *
 * Of scripts that hold no comments and no multi-line strings, or only at places that are taken as one token.
 */
const TOKEN = /text:[^]*?\n\.\n|"(?:[^"\\]|\\[^])*"|\d+[KMGkmg]?|:?[A-Za-z_][\w]*|[^\s]/g;

const gap = fc.constantFrom(
  ' ',
  ' ',
  ' ',
  '\n',
  '\t',
  '\r\n',
  ' /* c " { */ ',
  ' # ; "x\n',
  '\n\n  ',
  ' /**/',
  '/* ** / */',
);

/** A script and what means the same: other white space, comments between tokens, letters of words in another case. */
export function laidOut(script: fc.Arbitrary<string>): fc.Arbitrary<{ script: string; meaning: string }> {
  return fc
    .tuple(
      script,
      fc.array(gap, { minLength: 7, maxLength: 23 }),
      fc.array(fc.boolean(), { minLength: 5, maxLength: 11 }),
    )
    .map(([meaning, gaps, upper]) => {
      const tokens = (meaning.match(TOKEN) ?? []).map((token, index) => {
        const word = /^:?[A-Za-z_]\w*$/.test(token) && upper[index % upper.length] === true;
        return `${word ? token.toUpperCase() : token}${gaps[index % gaps.length]}`;
      });
      return { script: tokens.join(''), meaning };
    });
}

/** One string in forms that mean the same: escapes that are not needed, and text: with dots stuffed. */
export function literal(value: string, form: 'plain' | 'escaped' | 'text'): string {
  if (form === 'text') {
    const lines = value.split('\n').map((line) => (line.startsWith('.') ? `.${line}` : line));
    return `text:\n${lines.join('\n')}\n.\n`;
  }
  const escaped = value.replace(/["\\]/g, '\\$&');
  return form === 'plain' ? `"${escaped}"` : `"${escaped.replace(/[b-f.]/g, '\\$&')}"`;
}
