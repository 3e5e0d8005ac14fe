import { headerFields } from './header-fields.ts';
import { locate } from './locate.ts';
import { cutRange, type Partial, type Section, WHOLE } from './section.ts';
import type { FetchedMessage, FetchWriter, OctetsItem } from './types.ts';
import { withoutNul } from './writer.ts';

/** BODY[…]<…> and, where it is no peek, \Seen (RFC 9051 §6.4.5). */
export function bodySection(section: Section, partial: Partial | undefined, marksSeen: boolean): OctetsItem {
  return octets(`BODY[${section.label}]`, section, partial, marksSeen);
}

const part = (text: Section['text'], label: string): Section => ({ ...WHOLE, text, label });

/** Of IMAP4rev1 (RFC 3501 §6.4.5). */
export const rfc822 = octets('RFC822', WHOLE, undefined, true);
export const rfc822Header = octets('RFC822.HEADER', part('header', 'HEADER'), undefined, false);
export const rfc822Text = octets('RFC822.TEXT', part('text', 'TEXT'), undefined, true);

function octets(
  name: string,
  section: Section,
  partial: Partial | undefined,
  marksSeen: boolean,
): OctetsItem {
  const label = partial === undefined ? name : `${name}<${partial.start}>`;
  return {
    // Two ranges that begin at the same octet are two items.
    key: partial === undefined ? name : `${label}.${partial.length}`,
    needs: 'octets',
    marksSeen,
    write: (message, writer) => writeSection(message, writer, label, section, partial),
  };
}

/** Reads no more of the message than is asked for. A section that is not there is empty. */
async function writeSection(
  message: FetchedMessage,
  writer: FetchWriter,
  label: string,
  section: Section,
  partial: Partial | undefined,
): Promise<void> {
  if (section.text === 'whole' && section.path.length === 0) {
    // The size is known without the structure.
    const range = cutRange({ start: 0, end: message.facts.size }, partial);
    return writer.addOctets(label, message, range.start, range.end);
  }
  const found = locate((await message.content()).structure, section);
  if (found === undefined) return writer.add(`${label} {0}\r\n`);
  if (!found.filtered) {
    const range = cutRange(found, partial);
    return writer.addOctets(label, message, range.start, range.end);
  }
  const header = await message.octets(found.start, found.end);
  const fields = headerFields(header, section, found.end === message.facts.size);
  const range = cutRange({ start: 0, end: fields.length }, partial);
  const kept = withoutNul(fields.subarray(range.start, range.end));
  writer.add(`${label} {${kept.length}}\r\n`, kept);
}
