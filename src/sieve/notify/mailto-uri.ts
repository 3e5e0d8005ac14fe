import { parseSieveAddress } from '../address.ts';
import type { Field } from '../compose/mail.ts';
import { addressKey } from '../compose/mailbox.ts';
import { isUri, percentDecode } from './uri.ts';

/** A mailto URI, read. */
export interface MailtoUri {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string | undefined;
  readonly body: string | undefined;
  /** Other fields that may be written. */
  readonly fields: readonly Field[];
}

/** Fields of one URI: nobody needs more, and each is a line of the mail. */
const MAX_FIELDS = 16;

/**
 * Fields that are not the script's to write: who sends, when, by which way, and what the body is (RFC 5436 §2.7,
 * RFC 6068 §4). They are left out.
 */
const FORBIDDEN =
  /^(?:from|sender|date|message-id|references|in-reply-to|return-path|received|auto-submitted|precedence|importance|x-priority|mime-version|resent-.*|content-.*|list-.*|arc-.*|authentication-results|dkim-signature|x-tamis-.*)$/;

/** What may stand unencoded in addresses and fields, but for what separates them (`qchar` of RFC 6068 §2). */
const QCHARS = /^[\w\-.~!$'()*+,;:@%]*$/;

/**
 * ```
 * mailtoURI = "mailto:" [ to ] [ hfields ]            ; RFC 6068 §2
 * to        = addr-spec *("," addr-spec )
 * hfields   = "?" hfield *( "&" hfield )
 * hfield    = hfname "=" hfvalue
 * ```
 *
 * Returns what is wrong with it as text.
 */
export function parseMailto(uri: string): MailtoUri | string {
  if (!isUri(uri) || uri.includes('#')) return 'it is no URI';
  const [path, query = ''] = splitOnce(uri.slice(uri.indexOf(':') + 1), '?');
  const found = { to: [] as string[], cc: [] as string[], bcc: [] as string[] };
  const fields: Field[] = [];
  let subject: string | undefined;
  let body: string | undefined;
  // RFC 6068 §2: a comma within an address is encoded here.
  let fault = path === '' ? undefined : addAddresses(found.to, path.split(',').map(percentDecode));
  if (!QCHARS.test(path)) fault ??= 'its recipients have characters that must be encoded';
  const parts = query.split('&');
  for (const [index, part] of parts.entries()) {
    if (part === '' && index < parts.length - 1) fault ??= 'it has an empty field';
    const [encodedName, encodedValue] = splitOnce(part, '=');
    // Not a field, or one without a name (RFC 6068 §2 lets it be empty): no program takes offence at it.
    if (encodedValue === undefined || encodedName === '') continue;
    const name = percentDecode(encodedName)?.toLowerCase() ?? '';
    const value = percentDecode(encodedValue);
    if (!/^[!-9;-~]+$/.test(name)) fault ??= 'it has a field without a name';
    else if (!QCHARS.test(encodedName) || !QCHARS.test(encodedValue.replaceAll('=', '')))
      fault ??= 'it has a field with characters that must be encoded';
    else if (value === undefined) fault ??= 'its percent-encoding is not UTF-8';
    // RFC 6068 §5: a line break is meant for the body; elsewhere it would begin another field.
    else if ((name === 'body' ? /\0/ : /[\0\r\n]/).test(value))
      fault ??= 'it has a control character in a field';
    else if (name === 'to' || name === 'cc' || name === 'bcc')
      fault ??= addAddresses(found[name], splitList(value));
    else if (name === 'subject') subject ??= value;
    else if (name === 'body') body ??= value;
    else if (!FORBIDDEN.test(name)) fields.push([fieldName(name), value]);
  }
  if (fields.length > MAX_FIELDS) fault ??= `it has too many fields (at most ${MAX_FIELDS})`;
  return fault ?? { ...withoutDoubles(found), subject, body, fields };
}

function addAddresses(list: string[], texts: readonly (string | undefined)[]): string | undefined {
  for (const text of texts) {
    const address = text === undefined ? undefined : parseSieveAddress(text);
    if (address === undefined) return `${JSON.stringify((text ?? '').slice(0, 80))} is not an address`;
    list.push(address);
  }
  return undefined;
}

/** Cuts at the commas that stand in no quotes. At least one, which may be empty. */
function splitList(text: string): string[] {
  return (text.match(/(?:"(?:[^"\\]|\\.)*"|[^,"]|")+|(?<=,|^)(?=,|$)/gs) ?? ['']).map((part) => part.trim());
}

/** Each address once, in the first place it stands (RFC 5436 §2.7). */
function withoutDoubles(found: {
  to: string[];
  cc: string[];
  bcc: string[];
}): Pick<MailtoUri, 'to' | 'cc' | 'bcc'> {
  const known = new Set<string>();
  const once = (list: readonly string[]): string[] =>
    list.filter((address) => {
      const key = addressKey(address);
      return !known.has(key) && known.add(key) !== undefined;
    });
  return { to: once(found.to), cc: once(found.cc), bcc: once(found.bcc) };
}

/** `x-my-field` as people write it. */
function fieldName(name: string): string {
  return name.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
