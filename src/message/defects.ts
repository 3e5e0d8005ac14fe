import type { Defect } from './types.ts';

/** What a defect code means and the rule it breaks. `section` is undefined for bounds of our own (`limits.ts`). */
export interface DefectDescription {
  readonly section?: string;
  readonly text: string;
}

/** Every code a {@link Defect} of this room may carry. */
export const defectDescriptions = {
  // Header block
  'leading-from-line': { section: 'RFC 4155 §2', text: 'mbox From_ line before the header' },
  'missing-blank-line': {
    section: 'RFC 5322 §2.1',
    text: 'body begins without an empty line after the header',
  },
  'header-line-without-colon': { section: 'RFC 5322 §2.2', text: 'line in the header that is no field' },
  'continuation-without-field': { section: 'RFC 5322 §2.2.3', text: 'header begins with a folded line' },
  'space-before-colon': { section: 'RFC 5322 §4.5', text: 'white space between field name and colon' },
  'blank-folded-line': { section: 'RFC 5322 §3.2.2', text: 'folded line of white space only' },
  'nul-in-header': { section: 'RFC 5322 §2.2', text: 'NUL byte in the header' },
  'bare-cr-in-header': { section: 'RFC 5322 §2.2', text: 'CR without LF in the header' },
  'mixed-line-endings': { section: 'RFC 5322 §2.1', text: 'LF and CRLF line endings in one header' },
  'header-line-too-long': { section: 'RFC 5322 §2.1.1', text: 'header line of more than 998 characters' },
  '8bit-in-header': { section: 'RFC 6532 §3', text: 'bytes in the header that are neither ASCII nor UTF-8' },
  'too-many-header-fields': { text: 'more header fields than are listed' },
  'header-too-long': { text: 'header block cut at the limit; the rest is taken for the body' },
  'field-too-long': { text: 'field value decoded only up to the limit' },
  // Structured fields
  'comment-too-deep': { text: 'comments nested beyond the limit' },
  'unclosed-comment': { section: 'RFC 5322 §3.2.2', text: 'comment without its closing parenthesis' },
  'unclosed-quoted-string': { section: 'RFC 5322 §3.2.4', text: 'quoted string without its closing quote' },
  'invalid-address': { section: 'RFC 5322 §3.4', text: 'address list that does not follow the grammar' },
  'obsolete-route': { section: 'RFC 5322 §4.4', text: 'source route in an address' },
  'too-many-addresses': { text: 'more addresses in a field than are read' },
  'invalid-date': { section: 'RFC 5322 §3.3', text: 'date that is none' },
  'date-without-zone': { section: 'RFC 5322 §3.3', text: 'date without a zone, taken for UTC' },
  'encoded-word-syntax': { section: 'RFC 2047 §2', text: 'broken encoded word' },
  'encoded-word-charset': { section: 'RFC 2047 §3', text: 'encoded word in a charset that is not known' },
  'too-many-encoded-words': { text: 'more encoded words in a field than are decoded' },
  'parameter-syntax': { section: 'RFC 2045 §5.1', text: 'parameter that does not follow the grammar' },
  'duplicate-parameter': { section: 'RFC 2045 §5.1', text: 'parameter given twice; the first counts' },
  'parameter-continuation': {
    section: 'RFC 2231 §3',
    text: 'continued parameter with a missing or doubled segment',
  },
  'parameter-charset': { section: 'RFC 2231 §4', text: 'parameter in a charset that is not known' },
  'too-many-parameters': { text: 'more parameters in a field than are read' },
  // MIME
  'duplicate-header-field': {
    section: 'RFC 5322 §3.6',
    text: 'field that may stand once stands twice; the first counts',
  },
  'invalid-content-type': { section: 'RFC 2045 §5.1', text: 'Content-Type that is no type/subtype' },
  'missing-boundary': { section: 'RFC 2046 §5.1.1', text: 'multipart without a boundary parameter' },
  'empty-boundary': { section: 'RFC 2046 §5.1.1', text: 'multipart with an empty boundary' },
  'boundary-too-long': { section: 'RFC 2046 §5.1.1', text: 'boundary of more than 70 characters' },
  'boundary-trailing-space': { section: 'RFC 2046 §5.1.1', text: 'boundary that ends in white space' },
  'boundary-not-found': { section: 'RFC 2046 §5.1', text: 'multipart whose boundary never occurs' },
  'missing-closing-boundary': {
    section: 'RFC 2046 §5.1.1',
    text: 'multipart that ends without its closing boundary',
  },
  'boundary-after-close': { section: 'RFC 2046 §5.1.1', text: 'boundary after the closing boundary' },
  'boundary-reused': {
    section: 'RFC 2046 §5.1.2',
    text: 'nested multipart with the boundary of an enclosing one',
  },
  'boundary-line-suffix': {
    section: 'RFC 2046 §5.1.1',
    text: 'boundary line with more than white space behind it',
  },
  'encoded-multipart': {
    section: 'RFC 2045 §6.4',
    text: 'multipart with a transfer encoding that is not an identity',
  },
  'encoded-message': {
    section: 'RFC 2046 §5.2.1',
    text: 'message/rfc822 with a transfer encoding; not looked into',
  },
  'too-many-parts': { text: 'more MIME parts than are listed' },
  'too-deep': { text: 'parts nested beyond the limit' },
  'unknown-transfer-encoding': {
    section: 'RFC 2045 §6.4',
    text: 'Content-Transfer-Encoding that is not known',
  },
  // Content
  'quoted-printable-syntax': { section: 'RFC 2045 §6.7', text: '= in quoted-printable that begins no code' },
  'base64-characters': {
    section: 'RFC 2045 §6.8',
    text: 'characters in base64 that are not of its alphabet',
  },
  'base64-padding': { section: 'RFC 2045 §6.8', text: 'base64 with wrong padding or data after it' },
  'uuencode-syntax': { text: 'uuencoded data that is broken off or malformed' },
  'nul-in-body': { section: 'RFC 5322 §2.3', text: 'NUL byte in the body' },
  'unknown-charset': { section: 'RFC 2046 §4.1.2', text: 'charset that is not known' },
  'undeclared-8bit': {
    section: 'RFC 2045 §2.8',
    text: '8-bit text without a charset that has such characters',
  },
  'charset-mismatch': { section: 'RFC 2046 §4.1.2', text: 'bytes that the declared charset does not have' },
  'text-truncated': { text: 'text decoded only up to the limit' },
  'html-truncated': { text: 'HTML rendered only up to a limit' },
  'too-many-links': { text: 'more links than are listed' },
} as const satisfies Record<string, DefectDescription>;

export type DefectCode = keyof typeof defectDescriptions;

/** Collects defects up to a number; what comes later is dropped. */
export class DefectList {
  readonly items: Defect[] = [];
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(code: DefectCode, part: number, start: number, end: number): void {
    if (this.items.length < this.limit) this.items.push({ code, part, start, end });
  }
}

/** Takes a defect found inside a value, where the caller knows the place. */
export type Report = (code: DefectCode) => void;
