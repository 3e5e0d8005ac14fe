/**
 * The addresses that scripts name (RFC 5228 §2.4.2.3): `local@domain`, or a phrase and `<local@domain>`. No route, no
 * group, no list, no comment.
 *
 * ```
 * sieve-address = addr-spec / phrase "<" addr-spec ">"
 * addr-spec     = local-part "@" domain              ; RFC 5322 §3.4.1
 * local-part    = dot-atom / quoted-string
 * domain        = dot-atom / domain-literal
 * ```
 */

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\u{80}-\\u{10ffff}-]+";
const DOT_ATOM = `${ATOM}(?:\\.${ATOM})*`;
const QUOTED = String.raw`"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])*"`;
const LITERAL = String.raw`\[[A-Za-z0-9:.\-]+\]`;
const ADDR_SPEC = `(?:${DOT_ATOM}|${QUOTED})@(?:${DOT_ATOM}|${LITERAL})`;

const plain = new RegExp(`^${ADDR_SPEC}$`, 'u');
const WORD = `(?:${ATOM}|${QUOTED})`;
/** RFC 5322 §4.1 lets a phrase hold dots (`John Q. Public`). */
const named = new RegExp(`^(?:${WORD}(?:[ \\t.]+${WORD})*[ \\t.]*)?<(${ADDR_SPEC})>$`, 'u');

/** RFC 5321 §4.5.3.1: 64 octets and 255 octets, and the @; a display name may stand before it. */
const MAX_ADDRESS = 320;
const MAX_TEXT = 1000;

/** The `local@domain` of a sieve-address; undefined when it is none. White space around it does not count. */
export function parseSieveAddress(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed.length > MAX_TEXT) return undefined;
  const address = plain.test(trimmed) ? trimmed : named.exec(trimmed)?.[1];
  return address !== undefined && address.length <= MAX_ADDRESS ? address : undefined;
}
