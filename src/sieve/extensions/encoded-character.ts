import type { Position } from '../ast.ts';
import type { Compiler } from '../compiler.ts';
import type { Extension } from '../definitions.ts';

/**
 * RFC 5228 §2.4.2.4. What does not fit the grammar stays as it is.
 *
 * ```
 * encoded-arb-octets   = "${hex:" *blank 1*2HEXDIG *(1*blank 1*2HEXDIG) *blank "}"
 * encoded-unicode-char = "${unicode:" *blank 1*HEXDIG *(1*blank 1*HEXDIG) *blank "}"
 * blank                = WSP / CRLF
 * ```
 */
const ENCODED =
  /(?:\$\{hex:[ \t\r\n]*[0-9a-f]{1,2}(?:[ \t\r\n]+[0-9a-f]{1,2})*[ \t\r\n]*\})+|\$\{unicode:([ \t\r\n]*[0-9a-f]+(?:[ \t\r\n]+[0-9a-f]+)*)[ \t\r\n]*\}/gi;

function decode(text: string, at: Position, compiler: Compiler): string {
  if (!text.includes('${')) return text;
  return text.replace(ENCODED, (whole, unicode: string | undefined) => {
    compiler.use('encoded-character');
    if (unicode === undefined) return decodeOctets(whole, at, compiler);
    return unicode
      .trim()
      .split(/[ \t\r\n]+/)
      .map((digits) => decodeCharacter(digits, at, compiler))
      .join('');
  });
}

/** Neighbouring sequences are one, so that a character may be written as several. */
function decodeOctets(sequences: string, at: Position, compiler: Compiler): string {
  const pairs = sequences.replace(/\$\{hex:/gi, ' ').match(/[0-9a-f]+/gi) ?? [];
  const octets = Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
  const decoded = new TextDecoder('utf-8', { ignoreBOM: true });
  const result = decoded.decode(octets);
  if (result.includes('\ufffd') && !sequences.match(/bf[ \t\r\n]+bd/i))
    compiler.diagnostics.warning(at, 'octets of ${hex:} are not UTF-8: they match nothing');
  return result;
}

function decodeCharacter(digits: string, at: Position, compiler: Compiler): string {
  const code = digits.length > 16 ? Number.NaN : Number.parseInt(digits, 16);
  if (code <= 0xd7ff || (code >= 0xe000 && code <= 0x10ffff)) return String.fromCodePoint(code);
  compiler.diagnostics.error(at, `\${unicode:${digits.slice(0, 16)}} is no Unicode character`);
  return '';
}

export const encodedCharacter: Extension = {
  capability: 'encoded-character',
  strings: { decode },
};
