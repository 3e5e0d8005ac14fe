import { parseAddresses } from '../../message/address.ts';
import type { Address, Header } from '../../message/types.ts';
import { CONTENT_MESSAGE_LIMITS, type ContentBudget, singleLine } from './content-limits.ts';
import type { Envelope, EnvelopeAddress } from './content-types.ts';

/** Names are kept as they are written: encoded words are the client's to decode (RFC 9051 §7.5.2). */
const ADDRESS_LIMITS = { ...CONTENT_MESSAGE_LIMITS, encodedWords: 0 };
/** Fields of one name that are read as one list: more than one is a fault, thousands are an attack. */
const MAX_SAME_FIELDS = 20;
/** Message-IDs of References kept; a thread is found by its first and its last. */
const MAX_REFERENCES = 200;
/** Longest Message-ID; a line may hold 998 (RFC 5322 §2.1.1). */
const MESSAGE_ID = /<([^<>]{1,998})>/g;

/** The envelope of a message from its header (RFC 9051 §7.5.2). Linear in the header's length; never throws. */
export function envelopeOf(header: Header, budget: ContentBudget): Envelope {
  // Of several fields the last is told, as most servers have it; there may be one alone (RFC 5322 §3.6).
  const text = (name: string): string | null => {
    const field = header.all(name).at(-1);
    return field === undefined ? null : budget.take(singleLine(field.value));
  };
  const subject = text('subject');
  const addresses = (name: string): readonly EnvelopeAddress[] => {
    const list: EnvelopeAddress[] = [];
    for (const field of header.all(name).slice(0, MAX_SAME_FIELDS)) {
      if (budget.spent) break;
      const value = singleLine(field.value);
      const read = { budget, emptyBrackets: EMPTY_BRACKETS.test(value) };
      for (const address of parseAddresses(value, ADDRESS_LIMITS)) add(list, address, read);
    }
    return list;
  };
  const from = addresses('from');
  const orFrom = (list: readonly EnvelopeAddress[]): readonly EnvelopeAddress[] =>
    list.length > 0 ? list : from;
  return {
    date: text('date'),
    subject: subject === null ? null : collapsed(subject),
    from,
    sender: orFrom(addresses('sender')),
    replyTo: orFrom(addresses('reply-to')),
    to: addresses('to'),
    cc: addresses('cc'),
    bcc: addresses('bcc'),
    inReplyTo: text('in-reply-to'),
    messageId: text('message-id'),
    sent: header.get('date')?.date?.getTime() ?? null,
    references: references(header, budget),
  };
}

/** `Mailer <>` */
const EMPTY_BRACKETS = /<[ \t]*>/;

interface AddressReading {
  readonly budget: ContentBudget;
  /** Somewhere in the field. */
  readonly emptyBrackets: boolean;
}

function add(list: EnvelopeAddress[], address: Address, reading: AddressReading): void {
  const { budget, emptyBrackets } = reading;
  if (address.group !== undefined) {
    const name = budget.take(address.name);
    if (name === null) return;
    list.push([null, name, null]);
    for (const member of address.group) add(list, member, reading);
    list.push([null, null, null]);
    return;
  }
  if (budget.take(`${address.name}${address.address}${address.route ?? ''}`) === null) return;
  const [mailbox, host] = splitAddress(address.address);
  // `root` alone: what stands there is the mailbox, not a name.
  if (mailbox === '' && host === '' && !emptyBrackets && /^\S+$/.test(address.name))
    list.push([null, address.name, '']);
  else {
    const name = address.name === '' ? null : collapsed(address.name);
    list.push(address.route === undefined ? [name, mailbox, host] : [name, mailbox, host, address.route]);
  }
}

/** Text for people: white space, folds included, is one space. */
const collapsed = (text: string): string =>
  /[\t\r\n]|  |^ | $/.test(text) ? text.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, '') : text;

/** Local part, quoting undone, and domain. */
function splitAddress(address: string): readonly [string, string] {
  const at = address.startsWith('"') ? address.indexOf('@', endOfQuoted(address)) : address.lastIndexOf('@');
  const local = at < 0 ? address : address.slice(0, at);
  const host = at < 0 ? '' : address.slice(at + 1);
  const unquoted =
    local.length > 1 && local.startsWith('"') && local.endsWith('"')
      ? local.slice(1, -1).replace(/\\(.)/g, '$1')
      : local;
  return [unquoted, host];
}

function endOfQuoted(text: string): number {
  for (let at = 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

/** RFC 5256 §3: the Message-IDs of References, or else the first of In-Reply-To. */
function references(header: Header, budget: ContentBudget): readonly string[] {
  const found = messageIds(header.get('references')?.value ?? '');
  const ids = found.length > 0 ? found : messageIds(header.get('in-reply-to')?.value ?? '').slice(0, 1);
  const kept =
    ids.length > MAX_REFERENCES ? [...ids.slice(0, 1), ...ids.slice(1 - MAX_REFERENCES)] : [...ids];
  return kept.filter((id) => budget.take(id) !== null);
}

/** Message-IDs without brackets, white space and needless quotes (RFC 5256 §2.2 names the left and right side alone). */
function messageIds(value: string): readonly string[] {
  return Array.from(value.matchAll(MESSAGE_ID), ([, id = '']) =>
    singleLine(id)
      .replace(/\s+/g, '')
      .replace(/^"([^"\\]*)"@/, '$1@'),
  ).filter((id) => id !== '');
}
