import { isUtf8 } from 'node:buffer';

/** What the servers tell differently of a message. */
export interface Difference {
  /** As FETCH names it: `ENVELOPE`, `BODY[1.MIME]`; `APPEND`. */
  readonly item: string;
  /** The value within the item: `ENVELOPE.2.0.3`. */
  readonly path: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** A difference that stays. */
export interface Accepted {
  readonly reason: string;
  /** `raw`: the message, octets as characters. */
  readonly when: (difference: Difference, raw: string) => boolean;
}

const ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\\x80-\\xff-]+";
const QUOTED = '"(?:[^"\\\\\\r\\n]|\\\\.)*"';
const DOTTED = `${ATOM}(?:\\.${ATOM})*`;
const ADDRESS = `(?:${DOTTED}|${QUOTED})@(?:${DOTTED}|\\[[^\\]]*\\])`;
const PHRASE = `(?:(?:[.]|${ATOM}|${QUOTED})\\s*)+`;
const MAILBOX = `(?:${ADDRESS}|(?:${PHRASE})?<${ADDRESS}>)`;
const GROUP = `${PHRASE}:\\s*(?:${MAILBOX}(?:\\s*,\\s*${MAILBOX})*)?\\s*;`;
/** RFC 5322 §3.4 without comments and without what is obsolete; more than one mailbox or group. */
const ADDRESSES = new RegExp(`^\\s*(?:${MAILBOX}|${GROUP})(?:\\s*,\\s*(?:${MAILBOX}|${GROUP}))*\\s*$`, 's');
const ADDRESS_FIELD = /^(?:from|sender|reply-to|to|cc|bcc)[ \t]*:(.*(?:\r?\n[ \t].*)*)/gim;
const LONG_FIELD = 2000;

const TOKEN = "[!#$%&'*+.^_`{|}~0-9A-Za-z-]+";
/** RFC 2045 §5.1 without comments. */
const PARAMETERS = `(?:\\s*;\\s*${TOKEN}\\s*=\\s*(?:${TOKEN}|${QUOTED}))*\\s*`;
const MIME_FIELDS: ReadonlyMap<string, RegExp> = new Map([
  ['content-type', new RegExp(`^\\s*${TOKEN}/${TOKEN}${PARAMETERS}$`, 's')],
  ['content-disposition', new RegExp(`^\\s*${TOKEN}${PARAMETERS}$`, 's')],
  ['content-transfer-encoding', /^\s*(?:7bit|8bit|binary|quoted-printable|base64)\s*$/i],
  ['content-language', /^\s*[A-Za-z0-9-]+(?:\s*,\s*[A-Za-z0-9-]+)*\s*$/],
]);
const MIME_FIELD =
  /^(content-(?:type|disposition|transfer-encoding|language))[ \t]*:(.*(?:\r?\n[ \t].*)*)/gim;

/** The same field twice in one header, or the same parameter twice in one field. */
const TWICE =
  /^(content-[a-z-]+)[ \t]*:.*(?:\r?\n[^\r\n]+)*?\r?\n\1[ \t]*:|^content-[a-z-]+[ \t]*:(?:[^\r\n]|\r?\n[ \t])*;\s*([^=\s;]+)=(?:[^\r\n]|\r?\n[ \t])*;\s*\2=/im;

const ofContent = ({ item }: Difference): boolean => /^(?:ENVELOPE|BODY|BODYSTRUCTURE)$/.test(item);
const ofParts = ({ item }: Difference): boolean => /^B(?:ODY|INARY)/.test(item);

const hasOddAddress = (raw: string): boolean =>
  [...raw.matchAll(ADDRESS_FIELD)].some(
    ([, value = '']) => value.length > LONG_FIELD || !ADDRESSES.test(value.replace(/\r?\n/g, '')),
  );

const hasOddMime = (raw: string): boolean =>
  [...raw.matchAll(MIME_FIELD)].some(
    ([, name = '', value = '']) =>
      value.length > LONG_FIELD ||
      MIME_FIELDS.get(name.toLowerCase())?.test(value.replace(/\r?\n/g, '')) !== true,
  );

/** A line that begins with a delimiter and goes on, or a delimiter that is the beginning of another. */
function hasOddBoundary(raw: string): boolean {
  const boundaries = Array.from(
    raw.matchAll(/boundary\s*=\s*(?:"([^"\r\n]*)"|([^\s;"]+))/gi),
    ([, quoted, token]) => quoted ?? token ?? '',
  );
  if (new Set(boundaries).size < boundaries.length || boundaries.length > 30) return true;
  return boundaries.some((boundary) => {
    if (boundary === '' || boundary.length > 70 || /\s$/.test(boundary)) return true;
    const lines = raw.split(`\n--${boundary}`).slice(1);
    return lines.length === 0 || lines.some((rest) => !/^(?:--)?[ \t]*(?:\r?\n|$)/.test(rest));
  });
}

const isTrimmed = (one: unknown, other: unknown): boolean =>
  typeof one === 'string' && typeof other === 'string' && one.trim() === other.trim();

/** What stays of FETCH; the RFC comes first where both cannot be had. */
export const FETCH_ACCEPTED: readonly Accepted[] = [
  {
    reason: 'octets stay as they came: Dovecot drops a CR before CRLF, and one at the end of a message',
    when: (_, raw) => /\r\r\n|\r$/.test(raw),
  },
  {
    reason: 'octets stay as they came: Dovecot makes CRLF of LF also where the first line ends in CRLF',
    when: (_, raw) => /^[^\n]*\r\n/.test(raw) && /[^\r]\n/.test(raw),
  },
  {
    reason:
      'octets are counted as they are: Dovecot counts those before a range wrong where a CR stands alone',
    when: ({ item }, raw) => item.endsWith('>') && /\r(?!\n)/.test(raw),
  },
  {
    reason: 'white space around a value is not part of it (RFC 5322 §2.2.3): with it ids would not be found',
    when: (difference) => ofContent(difference) && isTrimmed(difference.ours, difference.theirs),
  },
  {
    reason: 'a name of nothing but white space is none: clients show the address then',
    when: ({ item, ours, theirs }) => ofContent({ item } as Difference) && ours === null && theirs === '',
  },
  {
    reason: 'eight bits that are no UTF-8 are told as UTF-8, as RFC 9051 §4.3 asks of strings',
    when: (difference) =>
      ofContent(difference) &&
      typeof difference.theirs === 'string' &&
      !isUtf8(Buffer.from(difference.theirs, 'latin1')),
  },
  {
    reason:
      'of an address that is not well-formed (RFC 5322 §3.4) more is told than that there is a syntax error; comments name it',
    when: (difference, raw) => ofContent(difference) && hasOddAddress(raw),
  },
  {
    reason:
      'fields of MIME that are not well-formed (RFC 2045 §5.1) are read as far as they can be, not given up',
    when: (difference, raw) => ofParts(difference) && hasOddMime(raw),
  },
  {
    reason:
      'of fields of MIME and parameters that stand twice the first counts for us; Dovecot takes now this, now that',
    when: (difference, raw) => ofParts(difference) && TWICE.test(raw.slice(0, 20_000)),
  },
  {
    reason: 'a boundary is a whole line of its own: readers differ where lines go on behind it',
    when: (difference, raw) => ofParts(difference) && hasOddBoundary(raw),
  },
  {
    reason:
      'a multipart in which no part is found is one of text, so that clients show it: Dovecot tells of none',
    when: ({ item, theirs }, raw) =>
      ofParts({ item } as Difference) && (theirs === 0 || theirs === '') && /multipart\//i.test(raw),
  },
  {
    reason:
      'BINARY undoes the encoding of one part (RFC 3516 §4.2): Dovecot rewrites the parts within as well',
    when: ({ item }, raw) =>
      item.startsWith('BINARY') && (item.includes('[]') || /multipart\/|message\//i.test(raw)),
  },
  {
    reason:
      'BINARY of data with faults, or with an odd name of a known encoding, is decoded as far as it goes: Dovecot refuses',
    when: ({ item, ours, theirs }) =>
      item.startsWith('BINARY') && ours === 'OK' && /^NO (?:UNKNOWN-CTE|PARSE)$/.test(String(theirs)),
  },
  {
    reason:
      'a message/rfc822 with an encoding (RFC 2046 §5.2.1 forbids it) is an octet-stream: within there is no message',
    when: (difference, raw) =>
      ofParts(difference) &&
      /message\/rfc822/i.test(raw) &&
      /content-transfer-encoding:\s*(?:base64|quoted-printable)/i.test(raw),
  },
  {
    reason: 'RFC 9051 §9 tells of the message in a message/global: Dovecot 2.3 does not know it',
    when: (difference, raw) => ofParts(difference) && /message\/global/i.test(raw),
  },
  {
    reason:
      'a boundary without an end of line at the end of the message opens an empty part: for Dovecot it is none',
    when: (difference, raw) => ofParts(difference) && /\n--[^\r\n]*[^-\r\n]$/.test(raw),
  },
  {
    reason:
      'an encoding counts without MIME-Version, since the text cannot be read otherwise: Dovecot tells of 7bit then',
    when: (difference, raw) =>
      ofParts(difference) && difference.theirs === '7bit' && !/^mime-version:/im.test(raw),
  },
  {
    reason: 'there are limits of our own: 32 levels, 1000 parts, 10000 fields, 5000 addresses',
    when: (_, raw) => /(?:boundary=b3[2-9])/.test(raw) || raw.length > 100_000,
  },
];
