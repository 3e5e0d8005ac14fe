import type { Budget, Unpacked } from '../budget.ts';
import { Cursor } from '../bytes.ts';
import { decodeLzma, decodeLzma2 } from './lzma.ts';
import type { ArchiveEntry, ArchiveListing } from './types.ts';

/** Ids of properties in a header (7zFormat.txt). */
const ID = {
  END: 0x00,
  HEADER: 0x01,
  ARCHIVE_PROPERTIES: 0x02,
  ADDITIONAL_STREAMS: 0x03,
  MAIN_STREAMS: 0x04,
  FILES: 0x05,
  PACK_INFO: 0x06,
  UNPACK_INFO: 0x07,
  SUBSTREAMS: 0x08,
  SIZE: 0x09,
  CRC: 0x0a,
  FOLDER: 0x0b,
  UNPACK_SIZES: 0x0c,
  UNPACK_STREAMS: 0x0d,
  EMPTY_STREAM: 0x0e,
  EMPTY_FILE: 0x0f,
  NAMES: 0x11,
  ENCODED_HEADER: 0x17,
} as const;

const SIGNATURE_BYTES = 32;
const AES = '06f10701';
const COPY = '00';
const LZMA = '030101';
const LZMA2 = '21';
/** Folders (packed blocks) and coders of one: writers make one to four of each. */
const MAX_FOLDERS = 10_000;
const MAX_CODERS = 32;
/** LZMA takes that many times longer than deflate for a byte. */
const LZMA_COST = 4;
/** Bytes of an unpacked header: a name takes some fifty. */
const MAX_HEADER = 4 * 1024 * 1024;

/** Data packed together by a chain of coders. */
interface Folder {
  readonly coders: readonly { readonly id: string; readonly properties: Uint8Array }[];
  readonly packStreams: number;
  readonly outputs: number;
  /** Bytes that come out at the end of the chain. */
  size: number;
  /** Files in it, and their sizes. */
  streams: number;
  sizes: number[];
  packed: Uint8Array;
}

/** Files of a 7z archive: its header, which is packed itself as a rule. Files packed by LZMA or LZMA2 can be read. */
export function listSevenZip(bytes: Uint8Array, limit: number): ArchiveListing {
  const listing = { entries: [] as ArchiveEntry[], encryptedNames: false, truncated: false, broken: false };
  const start = new Cursor(bytes, 12);
  const offset = start.u64();
  const size = start.u64();
  let header = start.bytes.subarray(SIGNATURE_BYTES + offset, SIGNATURE_BYTES + offset + size);
  if (start.short || header.length < size) listing.broken = true;
  // A header that is packed may be packed again; nobody does it more than once.
  for (let level = 0; !listing.broken && header[0] === ID.ENCODED_HEADER && level < 4; level++) {
    const cursor = new Cursor(header, 1);
    const [folder] = readStreams(cursor, start.bytes) ?? [];
    if (folder === undefined) listing.broken = true;
    else if (isEncrypted(folder)) {
      listing.encryptedNames = true;
      header = header.subarray(0, 0);
    } else {
      const unpacked = unpackFolder(folder, MAX_HEADER);
      if (typeof unpacked === 'string') listing.broken = true;
      else header = Buffer.from(unpacked.buffer, unpacked.byteOffset, unpacked.length);
    }
  }
  if (!listing.broken && header[0] === ID.HEADER)
    readHeader(new Cursor(header, 1), start.bytes, limit, listing);
  const { entries, encryptedNames, truncated, broken } = listing;
  return { format: '7z', entries, encryptedNames, truncated, faults: broken ? ['broken'] : [] };
}

const isEncrypted = ({ coders }: Folder): boolean => coders.some(({ id }) => id === AES);

/** A number: the leading ones of the first byte count the bytes that follow, low byte first. */
function number(cursor: Cursor): number {
  const first = cursor.u8();
  let value = 0;
  let mask = 0x80;
  for (let i = 0; i < 8; i++, mask >>= 1) {
    if ((first & mask) === 0) return value + (first & (mask - 1)) * 2 ** (8 * i);
    value += cursor.u8() * 2 ** (8 * i);
  }
  return value;
}

function readHeader(
  cursor: Cursor,
  bytes: Buffer,
  limit: number,
  listing: { entries: ArchiveEntry[]; truncated: boolean; broken: boolean },
): void {
  let folders: Folder[] = [];
  while (cursor.left > 0 && !cursor.short) {
    const id = number(cursor);
    if (id === ID.END) return;
    if (id === ID.ARCHIVE_PROPERTIES) skipProperties(cursor);
    else if (id === ID.ADDITIONAL_STREAMS || id === ID.MAIN_STREAMS) {
      const read = readStreams(cursor, bytes);
      if (read === undefined) break;
      if (id === ID.MAIN_STREAMS) folders = read;
    } else if (id === ID.FILES) {
      const files = readFiles(cursor, limit);
      listing.truncated = files.truncated;
      listing.entries.push(...entriesOf(files, folders));
    } else break;
  }
  listing.broken = true;
}

function skipProperties(cursor: Cursor): void {
  while (!cursor.short && number(cursor) !== ID.END) cursor.skip(number(cursor));
}

/** Where the packed data stand and how to unpack them; undefined for what is none. */
function readStreams(cursor: Cursor, bytes: Buffer): Folder[] | undefined {
  let at = SIGNATURE_BYTES;
  let packSizes: number[] = [];
  let folders: Folder[] = [];
  while (!cursor.short) {
    const id = number(cursor);
    if (id === ID.END) return assignPacked(folders, packSizes, at, bytes);
    if (id === ID.PACK_INFO) {
      at += number(cursor);
      packSizes = readPackInfo(cursor);
    } else if (id === ID.UNPACK_INFO) folders = readFolders(cursor);
    else if (id === ID.SUBSTREAMS) readSubstreams(cursor, folders);
    else return undefined;
  }
  return undefined;
}

function assignPacked(folders: Folder[], sizes: readonly number[], start: number, bytes: Buffer): Folder[] {
  let at = start;
  let stream = 0;
  for (const folder of folders) {
    folder.packed = bytes.subarray(at, at + (sizes[stream] ?? 0));
    for (let i = 0; i < folder.packStreams; i++) at += sizes[stream++] ?? 0;
    if (folder.sizes.length === 0 && folder.streams === 1) folder.sizes = [folder.size];
  }
  return folders;
}

function readPackInfo(cursor: Cursor): number[] {
  const count = number(cursor);
  let sizes: number[] = [];
  for (let id = number(cursor); id !== ID.END && !cursor.short; id = number(cursor)) {
    if (id === ID.SIZE) sizes = numbers(cursor, count);
    else if (id === ID.CRC) skipDigests(cursor, count);
    else cursor.short = true;
  }
  return sizes;
}

function numbers(cursor: Cursor, count: number): number[] {
  const list: number[] = [];
  for (let i = 0; i < count && !cursor.short; i++) list.push(number(cursor));
  return list;
}

/** Bits, high first; a byte before them may say that all are set. Returns how many are. */
function bits(cursor: Cursor, count: number, allByte: boolean): boolean[] {
  if (count > cursor.bytes.length * 8 || (allByte && cursor.u8() !== 0))
    return Array.from({ length: Math.min(count, cursor.bytes.length * 8) }, () => true);
  const set: boolean[] = [];
  let byte = 0;
  for (let i = 0; i < count && !cursor.short; i++) {
    if (i % 8 === 0) byte = cursor.u8();
    set.push(((byte >> (7 - (i % 8))) & 1) === 1);
  }
  return set;
}

function skipDigests(cursor: Cursor, count: number): void {
  cursor.skip(bits(cursor, count, true).filter(Boolean).length * 4);
}

function readFolders(cursor: Cursor): Folder[] {
  const folders: Folder[] = [];
  for (let id = number(cursor); id !== ID.END && !cursor.short; id = number(cursor)) {
    if (id === ID.FOLDER) {
      const count = number(cursor);
      // A byte that would say that they stand elsewhere.
      if (cursor.u8() !== 0 || count > MAX_FOLDERS) cursor.short = true;
      for (let i = 0; i < count && !cursor.short; i++) folders.push(readFolder(cursor));
    } else if (id === ID.UNPACK_SIZES)
      for (const folder of folders) folder.size = numbers(cursor, folder.outputs).at(-1) ?? 0;
    else if (id === ID.CRC) skipDigests(cursor, folders.length);
    else cursor.short = true;
  }
  return folders;
}

function readFolder(cursor: Cursor): Folder {
  const count = number(cursor);
  const coders: { id: string; properties: Uint8Array }[] = [];
  let inputs = 0;
  let outputs = 0;
  if (count > MAX_CODERS) cursor.short = true;
  for (let i = 0; i < count && !cursor.short; i++) {
    const flags = cursor.u8();
    const id = cursor.take(flags & 0x0f).toString('hex');
    const isComplex = (flags & 0x10) !== 0;
    inputs += isComplex ? number(cursor) : 1;
    outputs += isComplex ? number(cursor) : 1;
    coders.push({ id, properties: (flags & 0x20) !== 0 ? cursor.take(number(cursor)) : new Uint8Array() });
  }
  if (outputs > MAX_CODERS || inputs > MAX_CODERS) cursor.short = true;
  for (let pair = 1; pair < outputs && !cursor.short; pair++) numbers(cursor, 2);
  const packStreams = Math.max(1, inputs - outputs + 1);
  if (packStreams > 1) numbers(cursor, packStreams);
  return { coders, packStreams, outputs, size: 0, streams: 1, sizes: [], packed: new Uint8Array() };
}

/** How many files each folder holds, and the sizes of all but the last, which is the rest. */
function readSubstreams(cursor: Cursor, folders: Folder[]): void {
  let id = number(cursor);
  if (id === ID.UNPACK_STREAMS) {
    for (const folder of folders) folder.streams = number(cursor);
    id = number(cursor);
  }
  const stated = id === ID.SIZE;
  for (const folder of folders) {
    if (folder.streams === 0) continue;
    const known = stated ? numbers(cursor, folder.streams - 1) : [];
    if (stated || folder.streams === 1)
      folder.sizes = [...known, folder.size - known.reduce((sum, size) => sum + size, 0)];
  }
  // Only check sums are left; what they cover is not needed to walk to the end.
  if (stated) id = number(cursor);
  while (id !== ID.END && !cursor.short) {
    if (id !== ID.CRC) cursor.short = true;
    const streams = folders.reduce((sum, folder) => sum + folder.streams, 0);
    skipDigests(cursor, streams);
    id = number(cursor);
  }
}

interface Files {
  readonly names: readonly string[];
  /** Folders and empty files have no data. */
  readonly empty: readonly boolean[];
  readonly emptyFiles: readonly boolean[];
  readonly truncated: boolean;
}

function readFiles(cursor: Cursor, limit: number): Files {
  const count = number(cursor);
  let names: string[] = [];
  let empty: boolean[] = [];
  let emptyFiles: boolean[] = [];
  for (let id = number(cursor); id !== ID.END && !cursor.short; id = number(cursor)) {
    const property = new Cursor(cursor.take(number(cursor)));
    if (id === ID.NAMES && property.u8() === 0)
      names = property.bytes.toString('utf16le', 1).split('\0', Math.min(count, limit));
    else if (id === ID.EMPTY_STREAM) empty = bits(property, count, false);
    else if (id === ID.EMPTY_FILE) emptyFiles = bits(property, empty.filter(Boolean).length, false);
  }
  return { names, empty, emptyFiles, truncated: count > limit };
}

function entriesOf({ names, empty, emptyFiles }: Files, folders: readonly Folder[]): ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  const streams = streamsOf(folders);
  let without = 0;
  for (const [index, name] of names.entries()) {
    if (empty[index] === true) {
      if (emptyFiles[without++] === true) entries.push({ name, packed: 0, size: 0, encrypted: false });
      continue;
    }
    const stream = streams.next().value;
    entries.push({ name, packed: 0, size: 0, encrypted: false, ...stream });
  }
  return entries;
}

/** What is known of each file with data, in order. */
function* streamsOf(folders: readonly Folder[]): Generator<Omit<ArchiveEntry, 'name'>, undefined> {
  for (const folder of folders) {
    const encrypted = isEncrypted(folder);
    let unpacked: Unpacked | undefined;
    const unpack = (budget: Budget): Unpacked => {
      if (unpacked === undefined) {
        unpacked = unpackFolder(folder, Math.floor(budget.room / LZMA_COST));
        if (unpacked === 'large') budget.full();
        else if (unpacked !== 'broken') budget.spend(unpacked.length * LZMA_COST);
      }
      return unpacked;
    };
    const readable = !encrypted && isReadable(folder);
    let from = 0;
    for (let i = 0; i < folder.streams; i++) {
      const size = folder.sizes[i] ?? 0;
      const start = from;
      from += size;
      const read = (budget: Budget): Unpacked => {
        const all = unpack(budget);
        return typeof all === 'string' ? all : all.subarray(start, start + size);
      };
      // The share of the packed bytes, for the ratio.
      const packed = folder.size === 0 ? 0 : Math.ceil((folder.packed.length * size) / folder.size);
      yield { packed, size, encrypted, ...(readable && { read }) };
    }
  }
  return undefined;
}

const isReadable = ({ coders }: Folder): boolean =>
  coders.length === 1 && [COPY, LZMA, LZMA2].includes(coders[0]?.id ?? '');

function unpackFolder(folder: Folder, room: number): Unpacked {
  const [coder] = folder.coders;
  if (coder === undefined || !isReadable(folder)) return 'broken';
  if (folder.size > room) return 'large';
  if (coder.id === COPY) return folder.packed;
  const out =
    coder.id === LZMA
      ? decodeLzma(folder.packed, coder.properties, folder.size)
      : decodeLzma2(folder.packed, folder.size);
  return out ?? 'broken';
}
