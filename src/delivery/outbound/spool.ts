import { isAscii } from 'node:buffer';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { type Disk, errorCode, makeFolders, replaceFile } from '../../store/durable.ts';
import { readSmallFile } from '../../store/small-file.ts';
import { sweepStale } from '../../store/sweep.ts';
import type { Staged } from '../../store/types.ts';
import type { OutboundMail } from '../types.ts';
import { parseEntry, type SpoolEntry } from './entry.ts';

export interface SpoolOptions {
  folder: string;
  log: Log;
  disk: Disk;
  now: () => number;
  random: (bytes: number) => Uint8Array;
}

/** A file in `tmp/` this old, or a message without a control file, belongs to nobody: no process lives that wrote it. */
const ORPHAN_MS = 3_600_000;
/** Octets of a control file: ten thousand recipients with the longest answers. */
const MAX_CONTROL = 64 * 1024 * 1024;
/** Control files read at the same time. */
const READERS = 16;

/**
 * The files of the outbound mail: `queue/<id>.eml` is the message, `queue/<id>.json` says what is to be done with it.
 * A mail is in the spool from the moment its control file is in `queue/`, and no longer when that is gone. One process
 * at a time sends from a spool folder.
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #queue: string;
  readonly #tmp: string;
  #count = 0;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#queue = join(options.folder, 'queue');
    this.#tmp = join(options.folder, 'tmp');
  }

  /** Makes the folders and removes what a killed process left half-written. */
  async open(): Promise<void> {
    const { disk, folder, now } = this.#options;
    const subfolders = ['tmp', 'queue', 'corrupt', 'dead'].map((name) => join(folder, name));
    await makeFolders(disk, folder, ...subfolders);
    await sweepStale(disk, this.#tmp, now() - ORPHAN_MS);
  }

  contentPath(id: string): string {
    return join(this.#queue, `${id}.eml`);
  }

  #controlPath(id: string): string {
    return join(this.#queue, `${id}.json`);
  }

  /** Writes both files, durable, but not into the queue. Commits to the entry. */
  async stage(mail: OutboundMail, next: number): Promise<Staged<SpoolEntry>> {
    const { disk, now, random } = this.#options;
    const id = `${Math.floor(now()).toString(36)}-${(++this.#count).toString(36)}-${Buffer.from(random(8)).toString('hex')}`;
    const entry: SpoolEntry = {
      version: 1,
      id,
      cause: mail.cause.slice(0, 1000),
      kind: mail.kind,
      ...(mail.dsn === undefined ? {} : { dsn: { ...mail.dsn } }),
      ...(mail.deadline === undefined ? {} : { deadline: Math.floor(mail.deadline) }),
      sender: mail.sender,
      created: Math.floor(now()),
      attempts: 0,
      next,
      size: mail.pieces.reduce((sum, piece) => sum + piece.length, 0),
      eightBit: !mail.pieces.every((piece) => isAscii(piece)),
      recipients: [...new Set(mail.recipients)].map((address) => ({ address, state: 'waiting' })),
    };
    // Whatever the schema refuses would be set aside as corrupt after a restart: better to fail now.
    parseEntry(JSON.stringify(entry), id);
    const content = join(this.#tmp, `${id}.eml`);
    const control = join(this.#tmp, `${id}.json`);
    await disk.write(content, mail.pieces);
    try {
      await disk.write(control, [controlBytes(entry)]);
    } catch (error) {
      await disk.remove(content).catch(() => undefined);
      throw error;
    }
    const abort = async (): Promise<boolean> => {
      try {
        const known = await disk.remove(this.#controlPath(id));
        const staged = await disk.remove(control);
        for (const path of [this.contentPath(id), content]) await disk.remove(path);
        if (known) await disk.syncFolder(this.#queue);
        return known || staged;
      } catch (error) {
        this.#options.log.error({ spool: id, err: error }, 'could not take a mail out of the spool');
        return false;
      }
    };
    return {
      abort,
      commit: async () => {
        try {
          await disk.rename(content, this.contentPath(id));
          await disk.rename(control, this.#controlPath(id));
          await disk.syncFolder(this.#queue);
        } catch (error) {
          await abort();
          throw error;
        }
        return entry;
      },
    };
  }

  /** Records what was achieved. */
  async update(entry: SpoolEntry): Promise<void> {
    const temporary = join(this.#tmp, `${entry.id}-${++this.#count}.json`);
    await replaceFile(this.#options.disk, temporary, this.#controlPath(entry.id), [controlBytes(entry)]);
  }

  /** The control file goes first: a message without one is an orphan, the other way round would look like a loss. */
  async remove(id: string): Promise<void> {
    const { disk } = this.#options;
    await disk.remove(this.#controlPath(id));
    await disk.syncFolder(this.#queue);
    await disk.remove(this.contentPath(id));
  }

  /** Moves a mail out of the queue, for a person to look at. */
  async setAside(id: string, where: 'corrupt' | 'dead'): Promise<void> {
    const { disk, folder } = this.#options;
    for (const extension of ['json', 'eml']) {
      try {
        await disk.rename(join(this.#queue, `${id}.${extension}`), join(folder, where, `${id}.${extension}`));
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    }
    await disk.syncFolder(join(folder, where));
    await disk.syncFolder(this.#queue);
  }

  /** Removes what has been in `dead/` since before `before` (milliseconds). */
  async sweepDead(before: number): Promise<void> {
    const swept = await sweepStale(this.#options.disk, join(this.#options.folder, 'dead'), before);
    if (swept > 0) this.#options.log.info({ files: swept }, 'removed old undeliverable bounces');
  }

  /** Everything in the queue. What cannot be read is set aside with a log line. */
  async load(): Promise<SpoolEntry[]> {
    const names = await readdir(this.#queue);
    const controls = new Set(names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5)));
    for (const name of names) {
      if (name.endsWith('.eml') && !controls.has(name.slice(0, -4))) await this.#removeOrphan(name);
    }
    const ids = [...controls];
    const entries: SpoolEntry[] = [];
    const reader = async (): Promise<void> => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        const entry = await this.#read(id);
        if (entry !== undefined) entries.push(entry);
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
    return entries.sort((one, other) => one.next - other.next);
  }

  async #read(id: string): Promise<SpoolEntry | undefined> {
    try {
      const control = await readSmallFile(this.#controlPath(id), MAX_CONTROL);
      if (control === undefined) throw new TypeError('the control file is gone, too large, or no file');
      const entry = parseEntry(control.toString('utf8'), id);
      const stats = await lstat(this.contentPath(id));
      if (stats.isFile() && stats.size === entry.size) return entry;
      throw new TypeError(`the message has ${stats.size} bytes instead of ${entry.size}, or is no file`);
    } catch (error) {
      const code = errorCode(error);
      if (code !== undefined && code !== 'ENOENT') {
        // A disk that cannot be read now says nothing about the mail; the next start looks again.
        this.#options.log.error({ spool: id, err: error }, 'a mail in the spool cannot be read');
        return undefined;
      }
      this.#options.log.error(
        { spool: id, err: error },
        'a mail in the spool is damaged and was set aside in corrupt/',
      );
      await this.setAside(id, 'corrupt').catch((err: unknown) =>
        this.#options.log.error({ spool: id, err }, 'a damaged mail stays in the spool, and is not sent'),
      );
      return undefined;
    }
  }

  /** A message whose control file never came, or is gone because all is done. */
  async #removeOrphan(name: string): Promise<void> {
    const path = join(this.#queue, name);
    try {
      const { mtimeMs } = await lstat(path);
      if (mtimeMs < this.#options.now() - ORPHAN_MS) await this.#options.disk.remove(path);
    } catch (err) {
      if (errorCode(err) !== 'ENOENT')
        this.#options.log.warn({ path, err }, 'what is no mail stays in the spool');
    }
  }
}

function controlBytes(entry: SpoolEntry): Uint8Array {
  return Buffer.from(`${JSON.stringify(entry, undefined, 1)}\n`, 'utf8');
}
