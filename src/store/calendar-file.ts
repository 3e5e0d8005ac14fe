import { createHash } from 'node:crypto';
import { constants, type BigIntStats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from './durable.ts';

/** One object of a calendar as it lies on the disk. */
export interface CalendarFile {
  readonly folder: string;
  readonly name: string;
  readonly uid: string;
  readonly data: string;
  /** Another one when the file has been replaced or written to. */
  readonly version: string;
}

/** Octets of a file that is read: what the reader of iCalendar takes. */
const MAX_FILE_BYTES = 1024 * 1024;
const SUFFIX = '.ics';
/** UIDs that are file names as they are: what programs make (a hash, a UUID, something like a Message-ID). */
const PLAIN_UID = /^[A-Za-z0-9_@+-][A-Za-z0-9_@.+-]{0,119}$/;

/** The file that an object with this UID gets: the UID itself, or its hash when it is no plain name. */
export function calendarFileName(uid: string): string {
  return PLAIN_UID.test(uid) ? `${uid}${SUFFIX}` : hashedFileName(uid);
}

/** `salt` makes another name for the same UID. */
export function hashedFileName(uid: string, salt = ''): string {
  return `${createHash('sha256').update(uid).update(salt).digest('hex')}${SUFFIX}`;
}

/** A file that may hold an object; files that are being written begin with a dot. */
export function isCalendarFileName(name: string): boolean {
  return name.endsWith(SUFFIX) && !name.startsWith('.');
}

/** A name of a folder, and nothing that leads elsewhere. */
export function isCalendarName(name: string): boolean {
  return name.isWellFormed() && /^[^/\\\p{Cc}.][^/\\\p{Cc}]*$/u.test(name) && Buffer.byteLength(name) <= 255;
}

/** The object in a file; undefined when there is none, it is a link, too large, or no iCalendar object with a UID. */
export async function readCalendarFile(folder: string, name: string): Promise<CalendarFile | undefined> {
  let handle;
  try {
    handle = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) return undefined;
    const data = await handle.readFile('utf8');
    const uid = uidOf(data);
    return uid === undefined ? undefined : { folder, name, uid, data, version: version(stats) };
  } finally {
    await handle.close();
  }
}

/** Of the file that is there now; undefined when there is none. */
export async function versionOf(path: string): Promise<string | undefined> {
  try {
    return version(await lstat(path, { bigint: true }));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

const version = ({ ino, mtimeNs, size }: BigIntStats): string => `${ino} ${mtimeNs} ${size}`;

/** False for a symbolic link. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * The UID of what is scheduled (RFC 5545 §3.8.4.7), white space around it removed. The calendar around it and an alarm
 * in it may have others of their own (RFC 7986 §5.3, RFC 9074 §4).
 */
function uidOf(data: string): string | undefined {
  const path: string[] = [];
  for (const line of data.replace(/\r?\n[ \t]/g, '').split(/\r?\n/)) {
    const [, name = '', value = ''] = LINE.exec(line) ?? [];
    const key = name.toUpperCase();
    if (key === 'BEGIN') path.push(value.trim().toUpperCase());
    else if (key === 'END') path.pop();
    else if (key === 'UID' && path.length === 2 && SCHEDULED.has(path[1] ?? '') && value.trim() !== '')
      return value.trim();
  }
  return undefined;
}

/** A content line (RFC 5545 §3.1); parameters in quotes may hold a colon. */
const LINE = /^(BEGIN|END|UID)(?:;(?:"[^"]*"|[^":])*)?:(.*)$/i;

const SCHEDULED = new Set(['VEVENT', 'VTODO', 'VJOURNAL']);
