import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  calendarFileName,
  type CalendarFile,
  isCalendarFileName,
  isCalendarName,
  readCalendarFile,
} from './calendar-file.ts';
import { errorCode } from './durable.ts';

/** Calendars of an account that are looked into. */
const MAX_CALENDARS = 100;
/** Files whose UIDs are kept in memory, over all accounts: some 150 octets each. */
const MAX_KEPT = 200_000;
/** Nanoseconds after which a folder has surely another time when it is changed again. */
const SETTLED = 2_000_000_000n;
/** Files read at the same time when a calendar is looked through. */
const READERS = 16;

/** The files of one calendar by their UIDs. */
interface Listing {
  /** Time of the folder when it was read; undefined when it may have changed since without getting another time. */
  readonly time: bigint | undefined;
  /** UID by file name; '' for a file that is no object. */
  readonly uids: ReadonlyMap<string, string>;
}

/**
 * Which file holds which UID. Files have any names: programs of the user's made them. A calendar is looked through once;
 * after that only files with new names are read. What is found is read anyway, so that a file whose UID has changed
 * beneath its name is noticed.
 */
export class CalendarIndex {
  readonly #listings = new Map<string, Listing>();
  readonly #now: () => number;
  /** Files in all listings. */
  #kept = 0;

  /** `now`: milliseconds since the epoch, by the clock that files get their times from. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The object of that UID in a calendar of that account's folder. */
  async find(home: string, uid: string): Promise<CalendarFile | undefined> {
    const calendars = await calendarsOf(home);
    // The name we would give it, first: then no calendar needs to be looked through.
    for (const folder of calendars) {
      const direct = await readCalendarFile(folder, calendarFileName(uid));
      if (direct?.uid === uid) return direct;
    }
    for (const folder of calendars) {
      const found = await this.#findIn(folder, uid);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Files in all calendars of that account's folder. */
  async count(home: string): Promise<number> {
    let count = 0;
    for (const folder of await calendarsOf(home)) count += (await filesOf(folder)).length;
    return count;
  }

  async #findIn(folder: string, uid: string): Promise<CalendarFile | undefined> {
    // The second time without what was known: somebody has put another object into that file.
    for (let attempt = 0; attempt < 2; attempt++) {
      const uids = await this.#uids(folder);
      const [name] = [...uids].find(([, known]) => known === uid) ?? [];
      if (name === undefined) return undefined;
      const file = await readCalendarFile(folder, name);
      if (file?.uid === uid) return file;
      this.#forget(folder);
    }
    return undefined;
  }

  async #uids(folder: string): Promise<ReadonlyMap<string, string>> {
    const time = await timeOf(folder);
    const known = this.#listings.get(folder);
    if (known?.time !== undefined && known.time === time) return known.uids;
    const uids = new Map<string, string>();
    const fresh: string[] = [];
    for (const name of await filesOf(folder)) {
      const uid = known?.uids.get(name);
      if (uid === undefined) fresh.push(name);
      else uids.set(name, uid);
    }
    const reader = async (): Promise<void> => {
      for (let name = fresh.pop(); name !== undefined; name = fresh.pop())
        uids.set(name, (await readCalendarFile(folder, name))?.uid ?? '');
    };
    await Promise.all(Array.from({ length: Math.min(READERS, fresh.length) }, reader));
    const settled = BigInt(Math.floor(this.#now())) * 1_000_000n - time > SETTLED;
    this.#keep(folder, { time: settled ? time : undefined, uids });
    return uids;
  }

  #keep(folder: string, listing: Listing): void {
    this.#forget(folder);
    this.#listings.set(folder, listing);
    this.#kept += listing.uids.size;
    for (const other of this.#listings.keys()) {
      if (this.#kept <= MAX_KEPT || other === folder) break;
      this.#forget(other);
    }
  }

  #forget(folder: string): void {
    this.#kept -= this.#listings.get(folder)?.uids.size ?? 0;
    this.#listings.delete(folder);
  }
}

async function timeOf(folder: string): Promise<bigint> {
  try {
    return (await lstat(folder, { bigint: true })).mtimeNs;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0n;
    throw error;
  }
}

/** Folders of the calendars, not links to any. */
async function calendarsOf(home: string): Promise<string[]> {
  const entries = await readdir(home, { withFileTypes: true }).catch(noneMissing);
  const names = entries.filter((entry) => entry.isDirectory() && isCalendarName(entry.name));
  return names
    .map(({ name }) => join(home, name))
    .sort()
    .slice(0, MAX_CALENDARS);
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(noneMissing);
  return entries.filter((entry) => entry.isFile() && isCalendarFileName(entry.name)).map(({ name }) => name);
}

function noneMissing(error: unknown): [] {
  if (errorCode(error) === 'ENOENT') return [];
  throw error;
}
