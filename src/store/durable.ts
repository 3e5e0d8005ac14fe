import fs, { constants } from 'node:fs';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/**
 * The steps that make a thing durable, one system call's worth each, so that a test can let any of them fail. Whoever
 * promises a client that mail is safe goes through here. Errors are those of node:fs.
 */
export interface Disk {
  /**
   * Creates a file that was not there, mode 0600, writes the pieces one after another and fsyncs it. On failure the
   * file is removed. Returns the bytes written. `modified`: the time it gets, in milliseconds.
   */
  write(path: string, pieces: readonly Uint8Array[], modified?: number): Promise<number>;
  /** A second name for a file, within one file system; an error when there is something of that name. */
  link(from: string, to: string): Promise<void>;
  /** Atomic within one file system. */
  rename(from: string, to: string): Promise<void>;
  /** True when there was such a file. */
  remove(path: string): Promise<boolean>;
  /** Makes what was created, renamed or removed in a folder durable. */
  syncFolder(path: string): Promise<void>;
  /** Creates a folder, mode 0700, unless it is there; true when it was created. Not yet durable. */
  makeFolder(path: string): Promise<boolean>;
}

/**
 * Octets up to which a file is written on the main thread: that goes to the page cache and takes some microseconds, less than
 * handing it to another thread. What waits for the disk is always handed over: fsync, and the making of a file, which waits
 * for the journal while others sync.
 */
const SMALL = 64 * 1024;
/** Linux takes 1024 buffers in one writev; a header with edits has a handful. */
const PIECES_PER_WRITE = 512;

/** A symbolic link in the place of the file is an error, never followed. */
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

export const disk: Disk = {
  async write(path, pieces, modified) {
    if (pieces.reduce((sum, piece) => sum + piece.length, 0) <= SMALL)
      return writeSmall(path, pieces, modified);
    const handle = await open(path, CREATE, 0o600);
    try {
      let bytes = 0;
      try {
        bytes = await writeAll(handle, pieces);
        if (modified !== undefined) await handle.utimes(modified / 1000, modified / 1000);
        await handle.sync();
      } finally {
        // A close that fails after a good fsync loses nothing, one that fails before is reported by what is thrown.
        await handle.close();
      }
      return bytes;
    } catch (error) {
      await unlink(path).catch(() => undefined);
      throw error;
    }
  },
  async link(from, to) {
    fs.linkSync(from, to);
  },
  async rename(from, to) {
    fs.renameSync(from, to);
  },
  async remove(path) {
    try {
      // Freeing what a file holds waits for the journal of the file system, so it is no work for the main thread.
      await removeFile(path);
      return true;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
  },
  async syncFolder(path) {
    const running = syncing.get(path);
    if (running === undefined) return startSync(path);
    // The fsync under way may have begun before our change; the next one, shared by all who wait now, has not.
    running.next ??= running.done.then(
      () => startSync(path),
      () => startSync(path),
    );
    return running.next;
  },
  async makeFolder(path) {
    try {
      await mkdir(path, { mode: 0o700 });
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
  },
};

/** Folders with an fsync under way: deliveries that wait for the same folder share one (a group commit). */
const syncing = new Map<string, { done: Promise<void>; next?: Promise<void> }>();

function startSync(path: string): Promise<void> {
  const entry: { done: Promise<void>; next?: Promise<void> } = { done: Promise.resolve() };
  entry.done = fsyncFolder(path).finally(() => {
    if (syncing.get(path) === entry) syncing.delete(path);
  });
  syncing.set(path, entry);
  return entry.done;
}

const fsync = (file: number): Promise<void> =>
  new Promise((resolve, reject) => {
    fs.fsync(file, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });

const removeFile = (path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    fs.unlink(path, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });

const create = (path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.open(path, CREATE, 0o600, (error, file) => {
      if (error === null) resolve(file);
      else reject(error);
    });
  });

async function fsyncFolder(path: string): Promise<void> {
  const file = fs.openSync(path, FOLDER);
  try {
    await fsync(file);
  } finally {
    fs.closeSync(file);
  }
}

async function writeSmall(
  path: string,
  pieces: readonly Uint8Array[],
  modified: number | undefined,
): Promise<number> {
  const file = await create(path);
  try {
    let bytes = 0;
    try {
      let rest = pieces.filter((piece) => piece.length > 0);
      while (rest.length > 0) {
        const written = fs.writevSync(file, rest.slice(0, PIECES_PER_WRITE));
        bytes += written;
        rest = dropBytes(rest, written);
      }
      if (modified !== undefined) fs.futimesSync(file, modified / 1000, modified / 1000);
      await fsync(file);
    } finally {
      fs.closeSync(file);
    }
    return bytes;
  } catch (error) {
    await unlink(path).catch(() => undefined);
    throw error;
  }
}

async function writeAll(handle: FileHandle, pieces: readonly Uint8Array[]): Promise<number> {
  let total = 0;
  let rest = pieces.filter((piece) => piece.length > 0);
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest.slice(0, PIECES_PER_WRITE));
    total += bytesWritten;
    rest = dropBytes(rest, bytesWritten);
  }
  return total;
}

/** What is left of the pieces after a write that may have stopped in the middle of one. */
function dropBytes(pieces: readonly Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  let index = 0;
  for (; index < pieces.length; index++) {
    const length = pieces[index]?.length ?? 0;
    if (left < length) break;
    left -= length;
  }
  const rest = pieces.slice(index);
  const first = rest[0];
  if (left > 0 && first !== undefined) rest[0] = first.subarray(left);
  return rest;
}

/**
 * Writes beside the target, fsyncs, renames over it and fsyncs the folder: the old or the new content, never less. A folder in
 * the place of the target, which no program of ours makes, is kept beside it under another name.
 */
export async function replaceFile(
  via: Disk,
  temporary: string,
  target: string,
  pieces: readonly Uint8Array[],
): Promise<void> {
  await via.write(temporary, pieces);
  try {
    try {
      await via.rename(temporary, target);
    } catch (error) {
      if (errorCode(error) !== 'EISDIR') throw error;
      await via.rename(target, `${target}.folder-${basename(temporary)}`);
      await via.rename(temporary, target);
    }
  } catch (error) {
    await via.remove(temporary).catch(() => undefined);
    throw error;
  }
  await via.syncFolder(dirname(target));
}

/** Creates each folder that is missing, the first one's parents included, and makes their entries durable. */
export async function makeFolders(via: Disk, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      await via.makeFolder(path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error;
      await makeFolders(via, dirname(path));
      await via.makeFolder(path);
    }
    await via.syncFolder(dirname(path));
  }
}

/** The `code` of a system error (`ENOENT`, …), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
