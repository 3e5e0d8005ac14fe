/**
 * The files of a table: a snapshot of all counts, and a journal of the requests carried out since. Both have a
 * generation; the table is the newest snapshot that is whole plus all journals of its generation and later. A request
 * is carried out again without harm, so nothing needs to be atomic across files.
 *
 *     snapshot = magic:8 version:u32 tokenizer:u32 count:u32 crc32:u32 chunk*     ; crc of the 20 octets before it
 *     chunk    = length:u32 crc32:u32 entry*                                       ; entry: 16 octets, see table.ts
 */
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { decodeRequests, type LearnRequest } from './record.ts';

const MAGIC = Buffer.from('TAMISBAY');
const VERSION = 1;
const HEAD = 24;
const ENTRY = 16;
/** Entries checked and written at a time (1 MiB): the main thread does other work in between. */
const CHUNK = 65_536;
/** A journal is cut at this size by a snapshot; a larger file is not ours. */
const LONGEST_JOURNAL = 1024 ** 3;

export const snapshotName = (generation: number): string => `snapshot.${String(generation).padStart(8, '0')}`;
export const journalName = (generation: number): string => `journal.${String(generation).padStart(8, '0')}`;

/** Generations of the snapshots and journals in a folder, ascending; none when there is no folder. */
export async function listGenerations(folder: string): Promise<{ snapshots: number[]; journals: number[] }> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const of = (kind: string): number[] =>
    names
      .flatMap((name) => {
        const number = new RegExp(`^${kind}\\.(\\d{8,15})$`).exec(name)?.[1];
        return number === undefined ? [] : Number(number);
      })
      .sort((one, other) => one - other);
  return { snapshots: of('snapshot'), journals: of('journal') };
}

/** Writes a snapshot beside its path, fsyncs it, and puts it in place. `entries` are four words each. */
export async function writeSnapshot(path: string, tokenizer: number, entries: Uint32Array): Promise<void> {
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    const head = Buffer.alloc(HEAD);
    MAGIC.copy(head);
    head.writeUInt32LE(VERSION, 8);
    head.writeUInt32LE(tokenizer, 12);
    head.writeUInt32LE(entries.length / 4, 16);
    head.writeUInt32LE(crc32(head.subarray(0, 20)), 20);
    await writeAll(file, head);
    for (let at = 0; at < entries.length; at += CHUNK * 4) {
      const words = entries.subarray(at, at + CHUNK * 4);
      const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
      const chunk = Buffer.alloc(8);
      chunk.writeUInt32LE(bytes.length, 0);
      chunk.writeUInt32LE(crc32(bytes), 4);
      await writeAll(file, chunk);
      await writeAll(file, bytes);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

type FileHandle = Awaited<ReturnType<typeof open>>;

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done);
    done += bytesWritten;
  }
}

/** To read it; undefined for what is no file, such as a folder or a pipe. Rejects with errors of node:fs. */
async function openFile(path: string): Promise<FileHandle | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

/** Why a snapshot cannot be used. */
export class SnapshotError extends Error {}

/** The entries of a snapshot, a chunk at a time. Throws a {@link SnapshotError} for one that is damaged. */
export async function* readSnapshot(path: string, tokenizer: number): AsyncGenerator<Uint32Array> {
  const file = await openFile(path);
  if (file === undefined) throw new SnapshotError('no file');
  try {
    const head = await readExactly(file, HEAD);
    if (!head.subarray(0, 8).equals(MAGIC) || crc32(head.subarray(0, 20)) !== head.readUInt32LE(20))
      throw new SnapshotError('damaged, or no snapshot');
    if (head.readUInt32LE(8) !== VERSION)
      throw new SnapshotError(`version ${head.readUInt32LE(8)}, not ${VERSION}`);
    if (head.readUInt32LE(12) !== tokenizer)
      throw new SnapshotError(
        `made by tokenizer ${head.readUInt32LE(12)}, this is ${tokenizer}: learn again`,
      );
    let left = head.readUInt32LE(16);
    while (left > 0) {
      const chunk = await readExactly(file, 8);
      const length = chunk.readUInt32LE(0);
      if (length === 0 || length % ENTRY !== 0 || length > Math.min(CHUNK, left) * ENTRY)
        throw new SnapshotError('damaged');
      const bytes = await readExactly(file, length);
      if (crc32(bytes) !== chunk.readUInt32LE(4)) throw new SnapshotError('damaged');
      left -= length / ENTRY;
      yield new Uint32Array(bytes.buffer, bytes.byteOffset, length / 4);
    }
  } finally {
    await file.close();
  }
}

async function readExactly(file: FileHandle, length: number): Promise<Buffer> {
  // Not from the pool of small buffers: words must be aligned.
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done);
    if (bytesRead === 0) throw new SnapshotError('ends too early');
    done += bytesRead;
  }
  return bytes;
}

/**
 * The requests of a file of records; `end` is where what cannot be read begins, `size` the file's length. Undefined for what is
 * no file.
 */
export async function readRecords(
  path: string,
): Promise<{ requests: LearnRequest[]; end: number; size: number } | undefined> {
  const file = await openFile(path);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    if (size > LONGEST_JOURNAL) return { requests: [], end: 0, size };
    return { ...decodeRequests(await readFile(file)), size };
  } finally {
    await file.close();
  }
}

export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

/** Makes what was created, renamed or removed in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
}
