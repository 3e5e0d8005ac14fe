import { foldUnicode } from '../../message/casemap.ts';
import { decodeWords } from '../../message/words.ts';
import type { Envelope, EnvelopeAddress } from '../mail/content-types.ts';
import { baseSubject } from './base-subject.ts';
import type { SortKeys } from './types.ts';

/** A reference list is a path from the first message to this one; longer ones keep their beginning and their end. */
const MAX_REFERENCES = 1_000;
/** Names and addresses beyond this differ for nobody. */
const MAX_KEY = 1_000;

/** What RFC 5256 §3 and RFC 5957 §3 sort by, of an envelope. */
export function sortKeys(envelope: Envelope): SortKeys {
  const subject = baseSubject(decodeWords(envelope.subject ?? ''));
  const references = envelope.references;
  return {
    sent: envelope.sent,
    sentDay: sentDay(envelope),
    subject: foldUnicode(subject.text),
    reply: subject.reply,
    from: mailboxKey(envelope.from),
    to: mailboxKey(envelope.to),
    cc: mailboxKey(envelope.cc),
    displayFrom: displayKey(envelope.from),
    displayTo: displayKey(envelope.to),
    messageId: messageIdOf(envelope.messageId),
    references:
      references.length <= MAX_REFERENCES
        ? references
        : [...references.slice(0, MAX_REFERENCES / 2), ...references.slice(-MAX_REFERENCES / 2)],
  };
}

function messageIdOf(field: string | null): string | null {
  const text = field?.trim() ?? '';
  if (text === '') return null;
  return /<([^<>]*)>/.exec(text)?.[1] ?? text;
}

/** RFC 5256 §3: the part before the @ of the first address; '' without one. */
function mailboxKey(addresses: readonly EnvelopeAddress[]): string {
  return foldUnicode((addresses[0]?.[1] ?? '').slice(0, MAX_KEY));
}

/** RFC 5957 §3: the display name of the first address, else the address. */
function displayKey(addresses: readonly EnvelopeAddress[]): string {
  const first = addresses[0];
  if (first === undefined) return '';
  const [name, mailbox, host] = first;
  const shown =
    name !== null && name !== '' ? decodeWords(name) : (mailbox ?? '') + (host === null ? '' : `@${host}`);
  return foldUnicode(shown.slice(0, MAX_KEY));
}

const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';
const DAY = 86_400_000;

/** Day of messages without a Date field, for who asks for those before a day: all of them are. */
export const UNDATED = 0;

/** RFC 9051 §6.4.4: the date of the field, its time and zone disregarded; days since 1970-01-01. */
function sentDay(envelope: Envelope): number | null {
  if (envelope.sent === null) return null;
  const written = /(?:^|[\s,])(\d{1,2})[\s-]+([a-z]{3})[a-z]*[\s-]+(\d{2,4})\b/i.exec(
    (envelope.date ?? '').slice(0, MAX_KEY),
  );
  const month = MONTHS.indexOf(written?.[2]?.toLowerCase() ?? '-');
  if (written === null || month < 0 || month % 3 !== 0) return Math.floor(envelope.sent / DAY);
  let year = Number(written[3]);
  // RFC 5322 §4.3: years of two and three digits.
  if (written[3]?.length === 2) year += year < 50 ? 2000 : 1900;
  else if (written[3]?.length === 3) year += 1900;
  return Math.floor(Date.UTC(year, month / 3, Number(written[1])) / DAY);
}
