import { Cursor } from '../bytes.ts';
import type { ArchiveEntry, ArchiveListing } from './types.ts';

const MARK_4 = Buffer.from('526172211a0700', 'hex');
const MARK_5 = Buffer.from('526172211a070100', 'hex');

interface RarList {
  entries: ArchiveEntry[];
  encryptedNames: boolean;
  truncated: boolean;
  broken: boolean;
}

/** Files of a RAR archive (versions 1.5 to 4 and 5), by their headers. Stored ones can be read, packed ones only named. */
export function listRar(bytes: Uint8Array, limit: number): ArchiveListing {
  const cursor = new Cursor(bytes);
  const list = cursor.bytes.subarray(0, MARK_5.length).equals(MARK_5)
    ? readVersion5(new Cursor(bytes, MARK_5.length), limit)
    : readVersion4(new Cursor(bytes, MARK_4.length), limit);
  const { entries, encryptedNames, truncated, broken } = list;
  return { format: 'rar', entries, encryptedNames, truncated, faults: broken ? ['broken'] : [] };
}

const newList = (): RarList => ({ entries: [], encryptedNames: false, truncated: false, broken: false });

/** Headers walked per file that may be listed: comments, authenticity and recovery records stand between files. */
const HEADERS_PER_FILE = 4;

const R4 = { MAIN: 0x73, FILE: 0x74, END: 0x7b } as const;
const R4_FLAG = {
  ENCRYPTED_HEADERS: 0x80,
  PASSWORD: 0x04,
  LARGE: 0x100,
  UNICODE: 0x200,
  ADD_SIZE: 0x8000,
} as const;
/** Mask of the flags that hold the dictionary size; all set: a folder. */
const R4_FOLDER = 0xe0;
const R4_STORED = 0x30;

function readVersion4(cursor: Cursor, limit: number): RarList {
  const list = newList();
  for (let headers = 0; cursor.left >= 7 && headers < limit * HEADERS_PER_FILE; headers++) {
    const start = cursor.at;
    cursor.skip(2);
    const type = cursor.u8();
    const flags = cursor.u16();
    const size = cursor.u16();
    if (type < 0x72 || type > 0x7b || size < 7) {
      list.broken = true;
      return list;
    }
    if (type === R4.END) return list;
    if (type === R4.MAIN && (flags & R4_FLAG.ENCRYPTED_HEADERS) !== 0) {
      list.encryptedNames = true;
      return list;
    }
    const hasData = type === R4.FILE || (flags & R4_FLAG.ADD_SIZE) !== 0;
    let packed = hasData ? cursor.u32() : 0;
    if (type === R4.FILE) {
      if (list.entries.length >= limit) {
        list.truncated = true;
        return list;
      }
      let unpacked = cursor.u32();
      cursor.skip(10);
      const method = (cursor.skip(0), cursor.bytes[cursor.at] ?? 0);
      cursor.skip(1);
      const nameSize = cursor.u16();
      cursor.skip(4);
      if ((flags & R4_FLAG.LARGE) !== 0) {
        packed += cursor.u32() * 2 ** 32;
        unpacked += cursor.u32() * 2 ** 32;
      }
      const name = name4(cursor.take(nameSize), (flags & R4_FLAG.UNICODE) !== 0);
      if (cursor.short) {
        list.broken = true;
        return list;
      }
      const encrypted = (flags & R4_FLAG.PASSWORD) !== 0;
      if ((flags & R4_FOLDER) !== R4_FOLDER) {
        const data = cursor.bytes.subarray(start + size, start + size + packed);
        const readable = !encrypted && method === R4_STORED;
        list.entries.push({ name, packed, size: unpacked, encrypted, ...(readable && { read: () => data }) });
      }
    }
    cursor.at = start + size + packed;
  }
  list.broken ||= cursor.short;
  return list;
}

/**
 * A name with the Unicode flag: UTF-8, or the name in an 8-bit charset, a zero byte and what has to be changed in it,
 * two bits of a flag byte for each step.
 */
function name4(raw: Buffer, unicode: boolean): string {
  const zero = raw.indexOf(0);
  if (!unicode || zero < 0) {
    const text = raw.toString('utf8');
    return text.includes('\ufffd') ? raw.toString('latin1') : text;
  }
  const plain = raw.subarray(0, zero);
  const cursor = new Cursor(raw.subarray(zero + 1));
  const high = cursor.u8() << 8;
  const units: number[] = [];
  let flags = 0;
  let bits = 0;
  while (cursor.left > 0 && units.length < raw.length) {
    if (bits === 0) {
      flags = cursor.u8();
      bits = 8;
    }
    bits -= 2;
    const step = (flags >> bits) & 3;
    if (step === 0) units.push(cursor.u8());
    else if (step === 1) units.push(cursor.u8() | high);
    else if (step === 2) units.push(cursor.u16());
    else {
      const length = cursor.u8();
      const correction = (length & 0x80) !== 0 ? cursor.u8() : undefined;
      for (let left = (length & 0x7f) + 2; left > 0 && units.length < raw.length; left--) {
        const byte = plain[units.length] ?? 0;
        units.push(correction === undefined ? byte : ((byte + correction) & 0xff) | high);
      }
    }
  }
  return String.fromCharCode(...units);
}

const R5 = { FILE: 2, ENCRYPTION: 4, END: 5 } as const;
const R5_EXTRA = 0x1;
const R5_DATA = 0x2;
const R5_FOLDER = 0x1;
const R5_TIME = 0x2;
const R5_CRC = 0x4;
const R5_UNKNOWN_SIZE = 0x8;
const R5_EXTRA_ENCRYPTION = 1;

/** A number of 7 bits a byte, low bits first. */
function variable(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; shift < 56; shift += 7) {
    const byte = cursor.u8();
    value += (byte & 0x7f) * 2 ** shift;
    if ((byte & 0x80) === 0) return value;
  }
  cursor.short = true;
  return 0;
}

function readVersion5(cursor: Cursor, limit: number): RarList {
  const list = newList();
  for (let headers = 0; cursor.left >= 7 && headers < limit * HEADERS_PER_FILE; headers++) {
    cursor.skip(4);
    const headerSize = variable(cursor);
    const body = new Cursor(cursor.take(headerSize));
    const type = variable(body);
    const flags = variable(body);
    const extraSize = (flags & R5_EXTRA) !== 0 ? variable(body) : 0;
    const dataSize = (flags & R5_DATA) !== 0 ? variable(body) : 0;
    if (cursor.short || body.short || headerSize === 0) {
      list.broken = true;
      return list;
    }
    if (type === R5.END) return list;
    if (type === R5.ENCRYPTION) {
      list.encryptedNames = true;
      return list;
    }
    if (type === R5.FILE) {
      if (list.entries.length >= limit) {
        list.truncated = true;
        return list;
      }
      const data = cursor.bytes.subarray(cursor.at, cursor.at + dataSize);
      const entry = file5(body, extraSize, dataSize, data);
      if (entry !== undefined) list.entries.push(entry);
      if (body.short) list.broken = true;
    }
    cursor.skip(dataSize);
  }
  list.broken ||= cursor.short;
  return list;
}

function file5(body: Cursor, extraSize: number, packed: number, data: Buffer): ArchiveEntry | undefined {
  const flags = variable(body);
  const size = variable(body);
  variable(body);
  if ((flags & R5_TIME) !== 0) body.skip(4);
  if ((flags & R5_CRC) !== 0) body.skip(4);
  const compression = variable(body);
  variable(body);
  const name = body.take(variable(body)).toString('utf8');
  if ((flags & R5_FOLDER) !== 0) return undefined;
  const encrypted = hasEncryption(body.bytes.subarray(Math.max(0, body.bytes.length - extraSize)));
  const stored = ((compression >> 7) & 7) === 0;
  return {
    name,
    packed,
    size: (flags & R5_UNKNOWN_SIZE) !== 0 ? packed : size,
    encrypted,
    ...(stored && !encrypted && { read: () => data }),
  };
}

/** Looks for an encryption record in the extra area of a file's header. */
function hasEncryption(extra: Uint8Array): boolean {
  const cursor = new Cursor(extra);
  while (cursor.left > 0 && !cursor.short) {
    const size = variable(cursor);
    const next = cursor.at + size;
    if (size > 0 && variable(cursor) === R5_EXTRA_ENCRYPTION) return true;
    if (size === 0) return false;
    cursor.at = next;
  }
  return false;
}
