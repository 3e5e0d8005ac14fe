import { closeSync, constants, fstatSync, lstatSync, openSync, read as readCallback } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { errorCode } from '../durable.ts';
import type { FileRow } from '../index/messages.ts';
import { linkError, StoreError } from '../types.ts';
import { splitName } from './file-name.ts';
import { withCrlf } from './octets.ts';

const read = promisify(readCallback);

/** A link in the place of a message is not followed, a pipe not waited for. */
export const READ_MESSAGE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Times a file is looked for: a reader that sets a flag at that moment renames it. */
const ATTEMPTS = 5;

/** Milliseconds in which folders are taken for what they were: many files of one command are looked for at once. */
const LOOKED = 50;

/** Where a file is within its mailbox. */
export interface Place {
  readonly cur: boolean;
  readonly info: string;
}

/** The files of one mailbox by their names without flags. */
export class MailboxFiles {
  readonly #folder: () => string;
  /** Files that are elsewhere than the index says yet. */
  readonly #moved = new Map<string, Place>();
  /** Names that are about to come, to go or to be known: a scan leaves them alone. */
  readonly #busy = new Map<string, number>();
  #looked: { readonly folder: string; readonly at: number } | undefined;

  constructor(folder: () => string) {
    this.#folder = folder;
  }

  get folder(): string {
    return this.#folder();
  }

  path(name: string, place: Place): string {
    return join(this.#folder(), place.cur ? 'cur' : 'new', name + place.info);
  }

  /**
   * Throws `link` where somebody has put a symbolic link in the place of a folder since: nothing outside is read, written or
   * removed. What was looked at a moment ago is not looked at again.
   */
  refuseLinks(): void {
    const now = performance.now();
    const { folder } = this;
    if (this.#looked?.folder === folder && now - this.#looked.at < LOOKED) return;
    const inside = ['new', 'cur', 'tmp'].map((name) => join(folder, name));
    for (const path of [dirname(folder), folder, ...inside])
      if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true)
        throw linkError(basename(path));
    this.#looked = { folder, at: now };
  }

  /** Where the file is as far as we know. */
  placeOf(row: Pick<FileRow, 'name' | 'cur' | 'info'>): Place {
    return this.#moved.get(row.name) ?? row;
  }

  /** Remembers where a file is until the index says it. */
  moved(name: string, place: Place): void {
    this.#moved.set(name, place);
  }

  settled(name: string): void {
    this.#moved.delete(name);
  }

  hold(names: Iterable<string>): void {
    for (const name of names) this.#busy.set(name, (this.#busy.get(name) ?? 0) + 1);
  }

  release(names: Iterable<string>): void {
    for (const name of names) {
      const left = (this.#busy.get(name) ?? 1) - 1;
      if (left === 0) this.#busy.delete(name);
      else this.#busy.set(name, left);
    }
  }

  isBusy(name: string): boolean {
    return this.#busy.has(name);
  }

  /** Looks through the folders for it. */
  async locate(name: string): Promise<Place | undefined> {
    for (const cur of [false, true]) {
      const file = (await readdir(join(this.#folder(), cur ? 'cur' : 'new'))).find(
        (entry) => entry === name || entry.startsWith(`${name}:`),
      );
      if (file !== undefined) return { cur, info: splitName(file).info };
    }
    return undefined;
  }

  /**
   * Does something with the path of a file, once more when it is renamed at that moment. Undefined when it is not there.
   */
  async at<T>(
    row: Pick<FileRow, 'name' | 'cur' | 'info'>,
    work: (path: string, place: Place) => Promise<T>,
  ): Promise<T | undefined> {
    this.refuseLinks();
    let place: Place | undefined = this.placeOf(row);
    for (let attempt = 0; attempt < ATTEMPTS && place !== undefined; attempt++) {
      try {
        return await work(this.path(row.name, place), place);
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error;
      }
      place = await this.locate(row.name).catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw error;
      });
    }
    return undefined;
  }

  /** The bytes of a file and its time; undefined when it is gone or no file. */
  readRaw(path: string): Promise<{ raw: Buffer; modified: number } | undefined> {
    return readForeign(path, Number.MAX_SAFE_INTEGER);
  }

  /** Octets as IMAP sends them; undefined when the file is gone. */
  read(row: FileRow, range?: { readonly start: number; readonly end: number }): Promise<Buffer | undefined> {
    return this.at(row, async (path) => {
      // What waits for the disk is done elsewhere; opening a file that was just looked up is not worth a thread.
      const file = openSync(path, READ_MESSAGE);
      try {
        if (range !== undefined && !row.lf) return await readPart(file, range.start, range.end);
        const stats = fstatSync(file);
        if (!stats.isFile()) throw new StoreError('io', `${path} is no file`);
        const raw = await readPart(file, 0, stats.size);
        const octets = row.lf ? withCrlf(raw) : raw;
        return range === undefined ? octets : octets.subarray(range.start, range.end);
      } finally {
        closeSync(file);
      }
    });
  }
}

async function readPart(file: number, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, end - start));
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await read(file, buffer, length, buffer.length - length, start + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** Gone, a link, a socket, or not ours to read: one such file must not keep the others from being seen. */
const UNREADABLE: ReadonlySet<string> = new Set(['ENOENT', 'ELOOP', 'ENXIO', 'EACCES', 'EPERM']);

/**
 * A file of another program's with its time; undefined when it is gone, no file, not to be read by us, or larger than
 * `maxBytes`.
 */
export async function readForeign(
  path: string,
  maxBytes: number,
): Promise<{ raw: Buffer; modified: number } | undefined> {
  let file: number;
  try {
    file = openSync(path, READ_MESSAGE);
  } catch (error) {
    if (UNREADABLE.has(errorCode(error) ?? '')) return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    return { raw: await readPart(file, 0, stats.size), modified: stats.mtimeMs };
  } finally {
    closeSync(file);
  }
}
