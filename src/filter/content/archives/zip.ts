import { type Entry, fromBuffer, type ZipFile } from 'yauzl';
import type { Budget, Unpacked } from '../budget.ts';
import { unpack } from '../budget.ts';
import { bufferOf } from '../bytes.ts';
import type { ArchiveEntry, ArchiveFault, ArchiveListing } from './types.ts';

const LOCAL_HEADER = Buffer.from('504b0304', 'hex');
const LOCAL_HEADER_BYTES = 30;
/** Packed bytes that are enough to know what a file is; they unpack to half a megabyte at most. */
const HEAD_BYTES = 512;
const STORED = 0;
const DEFLATED = 8;
/** General purpose flags (APPNOTE 4.4.4): encrypted; sizes follow the data; name is UTF-8. */
const ENCRYPTED = 0x1;
const SIZES_FOLLOW = 0x8;
const UTF8 = 0x800;

/**
 * Files of a zip archive: by its list at the end, and, where that is missing, damaged or does not name all that is
 * there, by the headers before each file. Both are followed because unpackers follow one or the other.
 */
export async function listZip(content: Uint8Array, limit: number): Promise<ArchiveListing> {
  const bytes = bufferOf(content);
  const { records, complete, truncated } = await centralRecords(bytes, limit);
  const faults = new Set<ArchiveFault>();
  const entries: ArchiveEntry[] = [];
  let first = bytes.length;
  for (const record of records) {
    first = Math.min(first, record.header);
    const local = localHeader(bytes, record.header);
    if (local === undefined) faults.add('broken');
    else if (!local.rawName.equals(record.rawName)) faults.add('names-differ');
    entries.push(entryOf(bytes, record, local?.data));
  }
  if (!complete) faults.add('broken');
  // A second archive before the listed one, or no usable list at all.
  if (!complete || bytes.indexOf(LOCAL_HEADER) < first) {
    const known = new Set(records.map(({ header }) => header));
    const end = complete ? first : bytes.length;
    for (const hidden of localRecords(bytes, end, limit - entries.length)) {
      if (known.has(hidden.header)) continue;
      if (complete) faults.add('hidden-entries');
      entries.push(entryOf(bytes, hidden, hidden.data));
    }
  }
  const files = entries.filter(({ name }) => !/[/\\]$/.test(name));
  return { format: 'zip', entries: files, encryptedNames: false, truncated, faults: [...faults] };
}

/** What the list, or a header, says of a file. */
interface ZipRecord {
  readonly rawName: Buffer;
  readonly flags: number;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  /** Offset of its local header. */
  readonly header: number;
}

function entryOf(bytes: Buffer, record: ZipRecord, data: number | undefined): ArchiveEntry {
  const { rawName, flags, method, packed, size } = record;
  const encrypted = (flags & ENCRYPTED) !== 0;
  const readable = !encrypted && data !== undefined && (method === STORED || method === DEFLATED);
  const read = (budget: Budget): Unpacked => {
    const packedBytes = bytes.subarray(data, (data ?? 0) + packed);
    return method === STORED ? packedBytes : unpack(packedBytes, 'raw', budget);
  };
  const head = (budget: Budget): Unpacked => {
    const start = bytes.subarray(data, (data ?? 0) + Math.min(packed, HEAD_BYTES));
    return method === STORED ? start : unpack(start, 'raw', budget);
  };
  return { name: nameOf(rawName, flags), packed, size, encrypted, ...(readable && { read, head }) };
}

/** Names without the UTF-8 flag are often UTF-8 all the same; else their code page is anybody's guess. */
function nameOf(raw: Buffer, flags: number): string {
  const text = raw.toString('utf8');
  return (flags & UTF8) !== 0 || !text.includes('\ufffd') ? text : raw.toString('latin1');
}

/** The central directory (APPNOTE 4.3.12), as far as it can be read. */
async function centralRecords(
  bytes: Buffer,
  limit: number,
): Promise<{ records: ZipRecord[]; complete: boolean; truncated: boolean }> {
  const records: ZipRecord[] = [];
  const zip = await open(bytes);
  if (zip === undefined) return { records, complete: false, truncated: false };
  return new Promise((resolve) => {
    const done = (complete: boolean, truncated = false) => resolve({ records, complete, truncated });
    zip.on('entry', (entry: Entry) => {
      if (records.length >= limit) {
        done(true, true);
        return;
      }
      records.push({
        rawName: bufferOf(entry.fileNameRaw),
        flags: entry.generalPurposeBitFlag,
        method: entry.compressionMethod,
        packed: entry.compressedSize,
        size: entry.uncompressedSize,
        header: entry.relativeOffsetOfLocalHeader,
      });
      zip.readEntry();
    });
    zip.on('end', () => done(true));
    zip.on('error', () => done(false));
    zip.readEntry();
  });
}

const open = (bytes: Buffer): Promise<ZipFile | undefined> =>
  new Promise((resolve) => {
    // Names are decoded here: yauzl refuses a whole archive for one odd name or size.
    const options = { lazyEntries: true, decodeStrings: false, validateEntrySizes: false };
    fromBuffer(bytes, options, (error, zip) => resolve(error === null ? zip : undefined));
  });

/** The header before a file (APPNOTE 4.3.7), and where its data begin. */
function localHeader(bytes: Buffer, at: number): (ZipRecord & { data: number }) | undefined {
  if (at + LOCAL_HEADER_BYTES > bytes.length || !bytes.subarray(at, at + 4).equals(LOCAL_HEADER))
    return undefined;
  const name = bytes.readUInt16LE(at + 26);
  const extra = bytes.readUInt16LE(at + 28);
  const start = at + LOCAL_HEADER_BYTES;
  return {
    rawName: bytes.subarray(start, start + name),
    flags: bytes.readUInt16LE(at + 6),
    method: bytes.readUInt16LE(at + 8),
    packed: bytes.readUInt32LE(at + 18),
    size: bytes.readUInt32LE(at + 22),
    header: at,
    data: start + name + extra,
  };
}

/** Local headers from the start up to `end`, one behind the other; where sizes are not stated, the next is searched. */
function localRecords(bytes: Buffer, end: number, limit: number): (ZipRecord & { data: number })[] {
  const found: (ZipRecord & { data: number })[] = [];
  let at = bytes.indexOf(LOCAL_HEADER);
  while (at >= 0 && at < end && found.length < limit) {
    const header = localHeader(bytes, at);
    if (header === undefined) break;
    const stated = (header.flags & SIZES_FOLLOW) === 0 && header.data + header.packed <= bytes.length;
    const next = bytes.indexOf(LOCAL_HEADER, stated ? header.data + header.packed : header.data);
    const packed = stated ? header.packed : (next < 0 ? bytes.length : next) - header.data;
    found.push({ ...header, packed: Math.max(0, packed) });
    at = next;
  }
  return found;
}
