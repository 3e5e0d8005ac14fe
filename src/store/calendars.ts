import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { accountFolder } from './account-folder.ts';
import { CalendarIndex } from './calendar-index.ts';
import {
  type CalendarFile,
  calendarFileName,
  hashedFileName,
  isCalendarName,
  isFolder,
  versionOf,
} from './calendar-file.ts';
import type { CalendarSettings } from './calendar-settings.ts';
import { type Disk, disk, errorCode, makeFolders, replaceFile } from './durable.ts';
import { type Staged, StoreError } from './types.ts';

/** What becomes of one object (an event with all its instances) in the calendars of an account. */
export type CalendarEdit =
  /** Replaces the object of that UID, or adds one: to `calendar`, or the default one when there is no such calendar. */
  | { readonly kind: 'put'; readonly uid: string; readonly data: string; readonly calendar?: string }
  | { readonly kind: 'remove'; readonly uid: string };

/**
 * Calendars as folders of files (the vdir layout): `<folder>/<account>/<calendar>/<name>.ics`, one object a file. Other
 * programs may read, add and replace files beside us.
 */
export interface Calendars {
  /** For one delivery: what is found is what later edits are made of. */
  open(account: string): AccountCalendars;
}

/** Errors are {@link StoreError}. */
export interface AccountCalendars {
  /** The iCalendar object with that UID in any calendar of the account. */
  find(uid: string): Promise<string | undefined>;
  /** Whether another object may be added. */
  hasRoom(): Promise<boolean>;
  /**
   * Durable, but not in the calendar before it is committed. Committing fails when somebody has changed the object since
   * it was found: then the mail has to come again and is judged by what is there.
   */
  stage(edit: CalendarEdit): Promise<Staged<string>>;
}

export interface CalendarsOptions {
  settings: CalendarSettings;
  /** For tests that let the disk fail. */
  disk?: Disk;
  random?: (bytes: number) => Uint8Array;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

export function createCalendars(options: CalendarsOptions): Calendars {
  const { settings } = options;
  const context: CalendarContext = {
    root: resolve(settings.folder),
    settings,
    disk: options.disk ?? disk,
    random: options.random ?? randomBytes,
    index: new CalendarIndex(options.now ?? Date.now),
  };
  return { open: (account) => new FileCalendars(context, account) };
}

interface CalendarContext {
  readonly root: string;
  readonly settings: CalendarSettings;
  readonly disk: Disk;
  readonly random: (bytes: number) => Uint8Array;
  readonly index: CalendarIndex;
}

class FileCalendars implements AccountCalendars {
  readonly #context: CalendarContext;
  readonly #account: string;
  /** What {@link find} has found: undefined for an object that is not there. */
  readonly #found = new Map<string, CalendarFile | undefined>();

  constructor(context: CalendarContext, account: string) {
    this.#context = context;
    this.#account = account;
  }

  find(uid: string): Promise<string | undefined> {
    return this.#run('look into the calendars', async () => (await this.#find(uid))?.data);
  }

  hasRoom(): Promise<boolean> {
    return this.#run('count the calendars', async () => {
      const { index, settings } = this.#context;
      return (await index.count(this.#home())) < settings.maxObjects;
    });
  }

  stage(edit: CalendarEdit): Promise<Staged<string>> {
    return this.#run('write to the calendar', async () => {
      const known = this.#found.has(edit.uid) ? this.#found.get(edit.uid) : await this.#find(edit.uid);
      if (edit.kind === 'put') return this.#stagePut(edit.uid, edit.data, known, edit.calendar);
      return known === undefined ? NOTHING : this.#stageRemove(known);
    });
  }

  #home(): string {
    return join(this.#context.root, accountFolder(this.#account));
  }

  async #find(uid: string): Promise<CalendarFile | undefined> {
    const found = await this.#context.index.find(this.#home(), uid);
    this.#found.set(uid, found);
    return found;
  }

  async #stagePut(
    uid: string,
    data: string,
    known: CalendarFile | undefined,
    calendar: string | undefined,
  ): Promise<Staged<string>> {
    const { disk, random } = this.#context;
    const folder = known?.folder ?? (await this.#folderFor(calendar));
    const name = known?.name ?? (await newName(folder, uid, Buffer.from(random(12)).toString('hex')));
    const path = join(folder, name);
    const temporary = join(folder, temporaryName(random));
    await disk.write(temporary, [Buffer.from(data, 'utf8')]);
    let done = false;
    return this.#staged(path, {
      commit: async () => {
        await unchanged(folder, name, known);
        await disk.rename(temporary, path);
        done = true;
        await disk.syncFolder(folder);
      },
      async abort() {
        if (!done) await disk.remove(temporary);
        else if (known === undefined) await disk.remove(path);
        else await replaceFile(disk, temporary, path, [Buffer.from(known.data, 'utf8')]);
        if (done) await disk.syncFolder(folder);
      },
    });
  }

  #stageRemove(known: CalendarFile): Staged<string> {
    const { disk, random } = this.#context;
    const path = join(known.folder, known.name);
    let done = false;
    return this.#staged(path, {
      commit: async () => {
        await unchanged(known.folder, known.name, known);
        done = await disk.remove(path);
        await disk.syncFolder(known.folder);
      },
      async abort() {
        const temporary = join(known.folder, temporaryName(random));
        if (done) await replaceFile(disk, temporary, path, [Buffer.from(known.data, 'utf8')]);
      },
    });
  }

  #staged(path: string, work: { commit(): Promise<void>; abort(): Promise<void> }): Staged<string> {
    const abort = async (): Promise<boolean> => {
      try {
        await work.abort();
        return true;
      } catch {
        return false;
      }
    };
    return {
      abort,
      commit: () =>
        this.#run('write to the calendar', async () => {
          try {
            await work.commit();
          } catch (error) {
            await abort();
            throw error;
          }
          return path;
        }),
    };
  }

  /** The calendar of that name when it is there, else the default one, which is made. */
  async #folderFor(calendar: string | undefined): Promise<string> {
    const { disk, settings } = this.#context;
    if (calendar !== undefined && isCalendarName(calendar)) {
      const named = join(this.#home(), calendar);
      if (await isFolder(named)) return named;
    }
    if (!isCalendarName(settings.default))
      throw new StoreError('invalid-name', `no calendar can be called ${JSON.stringify(settings.default)}`);
    const folder = join(this.#home(), settings.default);
    await makeFolders(disk, this.#context.root, this.#home(), folder);
    if (!(await isFolder(this.#home())) || !(await isFolder(folder)))
      throw new StoreError('io', `${folder} is no folder`);
    return folder;
  }

  async #run<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      const full = ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '');
      const text = `${this.#account}: cannot ${what}: ${error instanceof Error ? error.message : String(error)}`;
      throw new StoreError(full ? 'full' : 'io', text, { cause: error });
    }
  }
}

const NOTHING: Staged<string> = { commit: async () => '', abort: async () => true };

/** Programs that read vdirs leave out what begins with a dot, and what ends so. */
const temporaryName = (random: (bytes: number) => Uint8Array): string =>
  `.${Buffer.from(random(12)).toString('hex')}.tmp`;

/** A name that no file of another object has. */
async function newName(folder: string, uid: string, salt: string): Promise<string> {
  const name = calendarFileName(uid);
  return (await versionOf(join(folder, name))) === undefined ? name : hashedFileName(uid, salt);
}

/** Throws when the file is not as it was when it was found, or is there now. */
async function unchanged(folder: string, name: string, known: CalendarFile | undefined): Promise<void> {
  if ((await versionOf(join(folder, name))) !== known?.version)
    throw new StoreError('io', `${name} has been changed by somebody since it was read`);
}
