import { unpack } from '../budget.ts';
import { Cursor } from '../bytes.ts';
import type { ArchiveListing } from './types.ts';

const EXTRA = 0x4;
const NAME = 0x8;
const MAX_NAME = 1024;

/** The one file of a gzip stream (RFC 1952 §2.3); its name when the header has it. */
export function listGzip(bytes: Uint8Array): ArchiveListing {
  const cursor = new Cursor(bytes, 3);
  const flags = cursor.u8();
  cursor.skip(6);
  if ((flags & EXTRA) !== 0) cursor.skip(cursor.u16());
  let name = '';
  if ((flags & NAME) !== 0) {
    const rest = cursor.bytes.subarray(cursor.at, cursor.at + MAX_NAME);
    const end = rest.indexOf(0);
    name = rest.toString('latin1', 0, Math.max(0, end));
  }
  // The last four bytes hold the size, as the writer says.
  const size = bytes.length >= 18 ? cursor.bytes.readUInt32LE(bytes.length - 4) : 0;
  const entry = {
    name,
    packed: bytes.length,
    size,
    encrypted: false,
    read: (budget: Parameters<typeof unpack>[2]) => unpack(bytes, 'gzip', budget),
  };
  return { format: 'gzip', entries: [entry], encryptedNames: false, truncated: false, faults: [] };
}
