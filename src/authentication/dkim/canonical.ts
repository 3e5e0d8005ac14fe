/**
 * Header fields in the form that is signed (RFC 6376 §3.4.1, §3.4.2). Text is latin1: a code unit for each byte, so
 * that nothing is lost. A bare LF counts as CRLF: mail read from files has them, and no signer ever sees one.
 */

/** `c=` of header and body each (RFC 6376 §3.4). */
export type Canonicalization = 'simple' | 'relaxed';

/**
 * One header field, `Name: value` with or without its last line ending, in canonical form: ends in CRLF. Time is linear
 * in its length.
 */
export function canonicalField(text: string, canonicalization: Canonicalization): string {
  return `${canonicalText(text, canonicalization)}\r\n`;
}

/**
 * The signature's own field as it is hashed after all others: the value of `b=` taken out with the white space around
 * it, and no line ending at the end (RFC 6376 §3.7). For DKIM-Signature, ARC-Message-Signature and ARC-Seal.
 */
export function canonicalSignature(text: string, canonicalization: Canonicalization): string {
  return canonicalText(withoutSignatureValue(text), canonicalization);
}

function canonicalText(text: string, canonicalization: Canonicalization): string {
  return canonicalization === 'simple' ? simpleText(text) : relaxedText(text);
}

function withoutLineEnding(text: string): string {
  if (!text.endsWith('\n')) return text;
  return text.slice(0, text.endsWith('\r\n') ? -2 : -1);
}

/** RFC 6376 §3.4.1: as it is. */
function simpleText(text: string): string {
  const field = withoutLineEnding(text);
  return field.includes('\n') ? field.replace(/\r?\n/g, '\r\n') : field;
}

/** RFC 6376 §3.4.2: name in lower case, unfolded, runs of white space one space, none around the colon and at the end. */
function relaxedText(text: string): string {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0)).toLowerCase();
  let value = withoutLineEnding(text).slice(colon + 1);
  if (value.includes('\n')) value = value.replace(/\r?\n/g, '');
  if (value.includes('\t') || value.includes('  ')) value = value.replace(/[ \t]+/g, ' ');
  const from = value.startsWith(' ') ? 1 : 0;
  const end = value.length - (value.length > from && value.endsWith(' ') ? 1 : 0);
  return `${trimEnd(name)}:${value.slice(from, end)}`;
}

/** The obsolete syntax lets white space stand before the colon (RFC 5322 §4.5). */
function trimEnd(name: string): string {
  let end = name.length;
  while (end > 0 && (name[end - 1] === ' ' || name[end - 1] === '\t')) end--;
  return end === name.length ? name : name.slice(0, end);
}

/** Tags stand behind the field's colon and behind each semicolon (RFC 6376 §3.2). */
function withoutSignatureValue(text: string): string {
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(';', at + 1)) {
    const name = afterSpace(text, at + 1);
    if (text[name] !== 'b') continue;
    const equals = afterSpace(text, name + 1);
    if (text[equals] !== '=') continue;
    const end = text.indexOf(';', equals);
    return text.slice(0, equals + 1) + (end < 0 ? '' : text.slice(end));
  }
  return text;
}

function afterSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++;
  return at;
}
