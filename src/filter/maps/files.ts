/** Reads the lists of the admin on the main thread, and reads a file again when it has changed. */
import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Log } from '../../log.ts';
import { type EntryFault, readEntries } from './entries.ts';
import type { MapSettings, MapsSettings } from './settings.ts';
import type { MapsMaterial, MapsSource } from './types.ts';

/** Faults of a file that are logged one by one. */
const MAX_FAULTS_LOGGED = 10;
/** Looks in a row after which a file is not being replaced any more, but lost. */
const GONE = 2;

let generations = 0;

interface Watched {
  readonly symbol: string;
  readonly list: MapSettings;
  readonly file: string;
  /** What tells one state of the file from another; undefined when it cannot be read. */
  mark: string | undefined;
  /** Looks in a row at which it was not there. */
  gone: number;
}

export class MapFiles implements MapsSource {
  private readonly settings: MapsSettings;
  private readonly log: Log;
  private readonly watched: Watched[] = [];
  private readonly timer: NodeJS.Timeout | undefined;
  private entries: Record<string, readonly string[]> = {};
  private material: MapsMaterial;
  private looking: Promise<void> | undefined;

  /** Reads all files. One that cannot be read is empty, is complained of in the log, and read when it appears. */
  constructor(settings: MapsSettings, log: Log) {
    this.settings = settings;
    this.log = log;
    for (const [symbol, list] of Object.entries(settings.lists)) {
      const { entries, faults } = readEntries(list.kind, list.entries ?? []);
      this.complain({ symbol }, faults);
      this.entries[symbol] = entries;
      if (list.file === undefined) continue;
      const watched: Watched = { symbol, list, file: list.file, mark: undefined, gone: 0 };
      this.watched.push(watched);
      if (!this.read(watched))
        log.warn({ symbol, file: list.file }, 'list is empty until its file can be read');
    }
    this.material = { generation: ++generations, entries: { ...this.entries } };
    if (this.watched.length === 0) return;
    this.timer = setInterval(() => void this.look(), settings.interval);
    this.timer.unref();
  }

  current(): MapsMaterial {
    return this.material;
  }

  /** Looks at the files now. Resolves when what has changed is in force. */
  look(): Promise<void> {
    this.looking ??= this.lookAtAll().finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private async lookAtAll(): Promise<void> {
    let changed = false;
    for (const watched of this.watched) {
      const mark = await stat(watched.file).then(markOf, () => undefined);
      // A file that is gone is being replaced, or lost: what was in it stays in force.
      if (mark === undefined) {
        if (++watched.gone === GONE && watched.mark !== undefined)
          this.log.warn(
            { symbol: watched.symbol, file: watched.file },
            'list is gone, what was in it stays in force',
          );
        continue;
      }
      watched.gone = 0;
      if (mark === watched.mark) continue;
      if (!this.read(watched)) continue;
      changed = true;
      const { symbol, file } = watched;
      this.log.info({ symbol, file, entries: this.entries[symbol]?.length ?? 0 }, 'list read again');
    }
    if (changed) this.material = { generation: ++generations, entries: { ...this.entries } };
  }

  /** Reads a file; false when that failed, which is logged once for each state of the file. */
  private read(watched: Watched): boolean {
    const { symbol, list, file } = watched;
    let text: string;
    try {
      watched.mark = markOf(statSync(file));
      text = readBounded(file, this.settings.fileBytes);
    } catch (error) {
      this.log.warn({ symbol, file, error: (error as Error).message }, 'list cannot be read');
      return false;
    }
    const fromFile = readEntries(list.kind, text.split(/\r?\n/));
    this.complain({ symbol, file }, fromFile.faults);
    const inline = readEntries(list.kind, list.entries ?? []).entries;
    this.entries[symbol] = readEntries(list.kind, [...inline, ...fromFile.entries]).entries;
    return true;
  }

  private complain(fields: { symbol: string; file?: string }, faults: readonly EntryFault[]): void {
    for (const { line, text } of faults.slice(0, MAX_FAULTS_LOGGED))
      this.log.warn({ ...fields, line, error: text }, 'entry of a list left out');
    if (faults.length > MAX_FAULTS_LOGGED)
      this.log.warn({ ...fields, faults: faults.length }, 'more entries of the list left out');
  }
}

function markOf({ mtimeMs, size, ino }: { mtimeMs: number; size: number; ino: number }): string {
  return `${mtimeMs} ${size} ${ino}`;
}

/** A file that is longer is refused as a whole: half a list is not the one that was written. */
function readBounded(file: string, most: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (size > most) throw new Error(`${size} octets are more than ${most}`);
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}
