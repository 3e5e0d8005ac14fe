import { bufferOf } from '../bytes.ts';

/** A stream or storage of a compound file (MS-CFB). */
export interface CompoundEntry {
  /** Names from the root down, with `/` between. */
  readonly path: string;
  readonly isStream: boolean;
  readonly size: number;
  /** Of a storage: the class of the object in it, as 32 hex digits in the order of the bytes; all 0 for none. */
  readonly classId: string;
  /** At most `limit` bytes of a stream. What is damaged ends where the damage is. */
  read(limit: number): Buffer;
}

export interface CompoundFile {
  readonly entries: readonly CompoundEntry[];
}

const MAGIC = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const HEADER_BYTES = 512;
const ENTRY_BYTES = 128;
/** Places of the allocation table named in the header itself. */
const HEADER_TABLE = 109;
/** Sectors beyond this are marks: free, end of a chain, part of a table. */
const MAX_SECTOR = 0xfffffffa;
const NO_ENTRY = 0xffffffff;
/** Entries of a directory: workbooks with hundreds of charts and objects stay below. */
const MAX_ENTRIES = 5_000;
const MAX_DEPTH = 20;

/** Takes the container of the old Office formats apart. Undefined when it is none. Bounded by the size of the bytes. */
export function readCompound(content: Uint8Array): CompoundFile | undefined {
  const bytes = bufferOf(content);
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  const sectors = new Sectors(bytes);
  return { entries: new Directory(sectors).entries() };
}

/** Sectors and the table that chains them. */
class Sectors {
  readonly bytes: Buffer;
  private readonly size: number;
  private readonly table: number[];

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    // 512 bytes in version 3, 4096 in version 4; anything else is damage.
    this.size = bytes.readUInt16LE(30) === 12 ? 4096 : 512;
    this.table = this.readTablePlaces();
  }

  /** Bytes of a chain, at most `limit`; a chain that runs in a circle ends with the limit. */
  chain(start: number, limit: number): Buffer {
    const pieces: Buffer[] = [];
    let left = Math.min(limit, this.bytes.length);
    for (let sector = start; sector < MAX_SECTOR && left > 0; sector = this.next(sector)) {
      const piece = this.sector(sector).subarray(0, left);
      if (piece.length === 0) break;
      pieces.push(piece);
      left -= piece.length;
    }
    return pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces);
  }

  private sector(index: number): Buffer {
    // The header takes the place of a sector.
    const start = (index + 1) * this.size;
    return this.bytes.subarray(start, start + this.size);
  }

  private next(sector: number): number {
    const perSector = this.size / 4;
    const place = this.table[Math.floor(sector / perSector)];
    const entry = place === undefined ? undefined : this.sector(place);
    const at = (sector % perSector) * 4;
    return entry === undefined || at + 4 > entry.length ? NO_ENTRY : entry.readUInt32LE(at);
  }

  /** Sectors of the allocation table: 109 in the header, more in a chain of sectors of their own. */
  private readTablePlaces(): number[] {
    const most = Math.ceil(this.bytes.length / this.size / (this.size / 4)) + 1;
    const places: number[] = [];
    for (let i = 0; i < HEADER_TABLE && places.length < most; i++) {
      const place = this.bytes.readUInt32LE(76 + i * 4);
      if (place < MAX_SECTOR) places.push(place);
    }
    let sector = this.bytes.readUInt32LE(68);
    for (let steps = 0; sector < MAX_SECTOR && steps < most && places.length < most; steps++) {
      const list = this.sector(sector);
      const last = list.length - 4;
      for (let at = 0; at < last && places.length < most; at += 4) places.push(list.readUInt32LE(at));
      sector = last > 0 ? list.readUInt32LE(last) : NO_ENTRY;
    }
    return places;
  }
}

/** The tree of names, and streams small enough to share sectors. */
class Directory {
  private readonly sectors: Sectors;
  private readonly directory: Buffer;
  private readonly cutoff: number;
  private readonly smallTable: Buffer;
  private readonly smallStream: Buffer;
  private readonly found: CompoundEntry[] = [];
  private readonly seen = new Set<number>();

  constructor(sectors: Sectors) {
    const { bytes } = sectors;
    this.sectors = sectors;
    this.directory = sectors.chain(bytes.readUInt32LE(48), MAX_ENTRIES * ENTRY_BYTES);
    this.cutoff = bytes.readUInt32LE(56);
    this.smallTable = sectors.chain(bytes.readUInt32LE(60), bytes.length);
    const root = this.record(0);
    this.smallStream =
      root === undefined ? Buffer.alloc(0) : sectors.chain(root.readUInt32LE(116), root.readUInt32LE(120));
  }

  entries(): CompoundEntry[] {
    const root = this.record(0);
    if (root !== undefined) {
      this.add(root, '');
      this.walk(root.readUInt32LE(76), '', 1);
    }
    return this.found;
  }

  private record(index: number): Buffer | undefined {
    const start = index * ENTRY_BYTES;
    return start + ENTRY_BYTES <= this.directory.length
      ? this.directory.subarray(start, start + ENTRY_BYTES)
      : undefined;
  }

  /** The entries of a storage are a tree of their own, by name; its order is of no interest. */
  private walk(first: number, within: string, depth: number): void {
    const pending = [first];
    while (pending.length > 0) {
      const index = pending.pop() ?? NO_ENTRY;
      const record = this.seen.has(index) ? undefined : this.record(index);
      if (record === undefined) continue;
      this.seen.add(index);
      pending.push(record.readUInt32LE(72), record.readUInt32LE(68));
      const path = within === '' ? nameOf(record) : `${within}/${nameOf(record)}`;
      this.add(record, path);
      if (record[66] === 1 && depth < MAX_DEPTH) this.walk(record.readUInt32LE(76), path, depth + 1);
    }
  }

  private add(record: Buffer, path: string): void {
    const start = record.readUInt32LE(116);
    const size = record.readUInt32LE(120);
    this.found.push({
      path,
      isStream: record[66] === 2,
      size,
      classId: record.toString('hex', 80, 96),
      read: (limit) =>
        size < this.cutoff
          ? this.small(start, Math.min(size, limit))
          : this.sectors.chain(start, Math.min(size, limit)),
    });
  }

  private small(start: number, length: number): Buffer {
    const pieces: Buffer[] = [];
    let left = Math.min(length, this.cutoff);
    for (let sector = start; sector < MAX_SECTOR && left > 0; ) {
      const piece = this.smallStream.subarray(sector * 64, sector * 64 + Math.min(64, left));
      if (piece.length === 0) break;
      pieces.push(piece);
      left -= piece.length;
      sector = sector * 4 + 4 <= this.smallTable.length ? this.smallTable.readUInt32LE(sector * 4) : NO_ENTRY;
    }
    return Buffer.concat(pieces);
  }
}

/** A name of up to 31 characters in UTF-16; its length counts the zero at the end. */
const nameOf = (record: Buffer): string =>
  record.toString('utf16le', 0, Math.min(62, Math.max(0, record.readUInt16LE(64) - 2)));
