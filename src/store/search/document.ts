import { foldUnicode } from '../../message/casemap.ts';
import { parseMessage } from '../../message/parse.ts';
import type { Address, HeaderField, Part } from '../../message/types.ts';
import type { SearchTerm } from './types.ts';

/**
 * The text of a message in which searches look, folded, as UTF-8. `header` has a line for each field of the message's own
 * header, `NAME: text`, with encoded words decoded, behind {@link INNER} the fields of parts and of messages inside, and
 * at its end, behind {@link ADDRESSES}, the addresses as IMAP's keys for them see them. `body` is the text of all parts that
 * are text, decoded (of HTML its source, and after it what a reader sees): fields are none of it (RFC 9051 §6.4.4).
 */
export interface SearchDocument {
  readonly header: Buffer;
  readonly body: Buffer;
  /** False when there is more text than `maxCharacters`. */
  readonly complete: boolean;
}

/** Begin lines that no name of a field begins. */
export const ADDRESSES = '\x01';
const INNER = '\x02';

const ADDRESS_FIELDS: ReadonlySet<string> = new Set(['from', 'sender', 'reply-to', 'to', 'cc', 'bcc']);

/** Takes octets as IMAP sends them. Never throws because of what they are; `maxCharacters` bounds header and body each. */
export function searchDocument(raw: Uint8Array, maxCharacters: number): SearchDocument {
  const message = parseMessage(raw);
  const header = new Lines(maxCharacters);
  for (const field of message.header.fields) addField(header, field);
  const body = new Lines(maxCharacters);
  for (const part of message.parts) {
    if (part.index > 0)
      for (const field of part.header.fields)
        if (field.key !== '') header.add(`${INNER}${field.key}: ${field.text}`);
    addText(body, part);
  }
  for (const field of message.header.fields) if (ADDRESS_FIELDS.has(field.key)) addAddresses(header, field);
  return { header: header.folded(), body: body.folded(), complete: header.complete && body.complete };
}

function addText(lines: Lines, part: Part): void {
  if (!part.type.startsWith('text/') || part.children.length > 0) return;
  const { text } = part;
  lines.add(text);
  const seen = part.html?.text;
  if (seen !== undefined && seen !== text) lines.add(seen);
}

function addField(lines: Lines, field: HeaderField): void {
  const { key, text } = field;
  if (key === '') return;
  lines.add(`${key}: ${text}`);
  // A fold is one space to who looks for the words around it.
  const unfolded = field.rawValue.includes('\n') ? text.replace(/[ \t]+/g, ' ') : text;
  if (unfolded !== text) lines.add(`${key}: ${unfolded}`);
}

/** Clients look for `Name <local@domain>` however the field writes it, with quotes where names need them and without. */
function addAddresses(lines: Lines, { key, addresses }: HeaderField): void {
  const plain = addressList(addresses, envelopeAddress);
  const quoted = addressList(addresses, (one) => envelopeAddress({ ...one, name: quotedName(one.name) }));
  for (const form of new Set([plain, quoted])) lines.add(`${ADDRESSES}${key}: ${form}`);
}

type One = Pick<Address, 'name' | 'address' | 'route'>;

function addressList(addresses: readonly Address[], write: (one: One) => string): string {
  return addresses
    .map((one): string =>
      one.group === undefined ? write(one) : `${one.name}: ${addressList(one.group, write)};`,
    )
    .join(', ');
}

/** Always in angle brackets, as Dovecot has it. */
const envelopeAddress = ({ name, address, route }: One): string =>
  `${name === '' ? '' : `${name} `}<${route === undefined ? '' : `${route}:`}${address}>`;

/** RFC 5322 §3.2.4: what is not made of atoms is written with quotes; encoded words are atoms. */
const quotedName = (name: string): string =>
  // oxlint-disable-next-line no-control-regex
  /^[^\x00-\x20()<>[\]:;@\\,."]*$|[^\x00-\x7f]/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;

class Lines {
  complete = true;
  readonly #lines: string[] = [];
  #left: number;

  constructor(maxCharacters: number) {
    this.#left = maxCharacters;
  }

  add(text: string): void {
    if (text.length > this.#left) this.complete = false;
    if (this.#left <= 0) return;
    this.#lines.push(text.slice(0, this.#left));
    this.#left -= text.length + 1;
  }

  /** NUL would end the text inside SQLite; nobody can search for it (RFC 9051 §9: no CHAR8 in strings is NUL). */
  folded(): Buffer {
    const text = this.#lines.length === 0 ? '' : `${this.#lines.join('\n')}\n`;
    return Buffer.from(foldUnicode(text.replaceAll('\r\n', '\n').replaceAll('\0', ' ')));
  }
}

/**
 * Whether conditions on fields are true of a message: what {@link holds} says of its whole document, of which only the
 * lines of these fields are made.
 */
export function fieldsHold(
  raw: Uint8Array,
  terms: readonly Extract<SearchTerm, { kind: 'field' }>[],
): boolean[] {
  const { fields } = parseMessage(raw).header;
  return terms.map(({ name, text }) => {
    const ofAddresses = name.startsWith(ADDRESSES);
    const key = ofAddresses ? name.slice(ADDRESSES.length) : name;
    const lines = new Lines(Infinity);
    for (const field of fields) {
      // Names of fields are ASCII.
      if (field.key.toUpperCase() !== key) continue;
      if (!ofAddresses) addField(lines, field);
      else if (ADDRESS_FIELDS.has(field.key)) addAddresses(lines, field);
    }
    return fieldHolds(lines.folded(), name, text);
  });
}

const LINE_FEED = 0x0a;

/** Whether a condition on texts is true of a document; undefined when only the text that was left out could tell. */
export function holds(
  document: SearchDocument,
  term: Exclude<SearchTerm, { kind: 'sent' }>,
): boolean | undefined {
  const found =
    term.kind === 'field'
      ? fieldHolds(document.header, term.name, term.text)
      : (term.where !== 'body' && textHolds(fieldsOf(document.header), term.text)) ||
        (term.where !== 'header' && textHolds(document.body, term.text));
  return found || (document.complete ? false : undefined);
}

/** What stands in the message itself. */
function fieldsOf(header: Buffer): Buffer {
  const end = header.indexOf(`\n${ADDRESSES}`);
  return end === -1 ? header : header.subarray(0, end);
}

function textHolds(bytes: Buffer, text: string): boolean {
  return text === '' || bytes.includes(text);
}

function fieldHolds(header: Buffer, name: string, text: string): boolean {
  const start = `${name}: `;
  for (let at = header.indexOf(start); at !== -1; at = header.indexOf(start, at + 1)) {
    if (at > 0 && header[at - 1] !== LINE_FEED) continue;
    const end = header.indexOf(LINE_FEED, at);
    if (text === '' || header.subarray(at + start.length, end).includes(text)) return true;
  }
  return false;
}
