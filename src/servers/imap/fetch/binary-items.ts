import { decodeTransfer, isIdentityEncoding, isKnownEncoding } from '../../../message/transfer.ts';
import type { Structure } from '../../../store/mail/content-types.ts';
import { Refusal } from '../wire/errors.ts';
import { literal } from '../wire/writer.ts';
import { partAt } from './locate.ts';
import { cutRange, type Partial, type Section } from './section.ts';
import type { FetchedMessage, OctetsItem } from './types.ts';

/** BINARY[…]<…> (RFC 9051 §6.4.5, RFC 3516 §4.2): the part with its transfer encoding undone. */
export function binarySection(
  section: Section,
  partial: Partial | undefined,
  marksSeen: boolean,
): OctetsItem {
  const key = `BINARY[${section.label}]${partial === undefined ? '' : `<${partial.start}>`}`;
  return {
    key: partial === undefined ? key : `${key}.${partial.length}`,
    needs: 'octets',
    marksSeen,
    check: (message) => checkEncoding(message, section),
    async write(message, writer) {
      const decoded = await decodedPart(message, section);
      if (decoded === undefined) return writer.add(`${key} {0}\r\n`);
      const { start, end } = cutRange({ start: 0, end: decoded.length }, partial);
      writer.add(`${key} `, ...literal(decoded.subarray(start, end)));
    },
  };
}

/** BINARY.SIZE[…] (RFC 3516 §4.3). */
export function binarySize(section: Section): OctetsItem {
  const key = `BINARY.SIZE[${section.label}]`;
  return {
    key,
    needs: 'octets',
    marksSeen: false,
    check: (message) => checkEncoding(message, section),
    async write(message, writer) {
      const { structure } = await message.content();
      const part = partAt(structure, section.path);
      const size =
        part === undefined || section.path.length === 0 || isIdentityEncoding(part.encoding.toLowerCase())
          ? rawSize(message, section, part)
          : ((await decodedPart(message, section))?.length ?? 0);
      writer.add(`${key} ${size}`);
    },
  };
}

function rawSize(message: FetchedMessage, section: Section, part: Structure | undefined): number {
  if (section.path.length === 0) return message.facts.size;
  return part === undefined ? 0 : part.end - part.bodyStart;
}

/** RFC 3516 §4.3: what cannot be decoded is refused, before anything is sent. */
async function checkEncoding(message: FetchedMessage, section: Section): Promise<void> {
  const part = partAt((await message.content()).structure, section.path);
  if (section.path.length > 0 && part !== undefined && !isKnownEncoding(part.encoding.toLowerCase()))
    throw new Refusal('The encoding of that part is not known', 'UNKNOWN-CTE');
}

/** The message itself as it is; undefined when there is no such part. */
async function decodedPart(message: FetchedMessage, section: Section): Promise<Uint8Array | undefined> {
  if (section.path.length === 0) return message.octets(0, message.facts.size);
  const part = partAt((await message.content()).structure, section.path);
  if (part === undefined) return undefined;
  const raw = await message.octets(part.bodyStart, part.end);
  // Of what holds other parts, those are the content.
  return part.type === 'multipart' || part.message !== null
    ? raw
    : decodeTransfer(raw, part.encoding.toLowerCase());
}
