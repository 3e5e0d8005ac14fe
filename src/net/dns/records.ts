import ipaddr from 'ipaddr.js';
import type { RecordType, RecordTypes } from '../resolver.ts';
import { WireFault, type WireReader } from './wire.ts';

interface RecordFormat<T extends RecordType> {
  /** RFC 1035 §3.2.2, and the IANA registry. */
  code: number;
  /** Reads RDATA up to `end`; who calls it checks that it ended there. */
  read: (reader: WireReader, end: number) => RecordTypes[T];
}

/**
 * In lower case: servers shorten names by pointing to the question, which we have spelt at random.
 */
const name = (reader: WireReader): string => reader.name().toLowerCase();

/** How each type is numbered and read (RFC 1035 §3.3, RFC 3596 §2.2). */
export const FORMATS: { readonly [T in RecordType]: RecordFormat<T> } = {
  A: { code: 1, read: (reader) => `${reader.u8()}.${reader.u8()}.${reader.u8()}.${reader.u8()}` },
  NS: { code: 2, read: name },
  CNAME: { code: 5, read: name },
  SOA: { code: 6, read: (reader) => readSoa(reader).primary },
  PTR: { code: 12, read: name },
  MX: { code: 15, read: (reader) => ({ priority: reader.u16(), exchange: name(reader) }) },
  TXT: { code: 16, read: readText },
  AAAA: { code: 28, read: (reader) => ipaddr.fromByteArray([...reader.take(16)]).toString() },
};

function readText(reader: WireReader, end: number): string[] {
  const chunks: string[] = [];
  while (reader.at < end) {
    const length = reader.u8();
    if (reader.at + length > end) throw new WireFault('bad text');
    chunks.push(reader.latin1(length));
  }
  return chunks;
}

/** The two parts of a SOA record anybody here wants (RFC 1035 §3.3.13). */
export function readSoa(reader: WireReader): { primary: string; minimum: number } {
  const primary = name(reader);
  reader.name();
  reader.take(16);
  return { primary, minimum: reader.u32() };
}
