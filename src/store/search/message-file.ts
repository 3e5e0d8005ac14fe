import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { describe } from '../mail/content.ts';
import { READ_MESSAGE } from '../mail/files.ts';
import { octetsOf, withCrlf } from '../mail/octets.ts';
import type { MessagePlace } from '../mail/types.ts';
import { holds, searchDocument } from './document.ts';
import { sortKeys, UNDATED } from './sort-keys.ts';
import type { SearchTerm } from './types.ts';

/** Octets in which most headers end: the rest of such a message is not read when only the header is asked for. */
const HEAD = 64 * 1024;
/** Text decoded to look for something is bounded by the limits of the message parser alone. */
const ALL_CHARACTERS = Number.MAX_SAFE_INTEGER;

/**
 * The octets of a message as IMAP sends them, read at once: for a thread. Undefined when the file is not there. With `headOnly` they
 * may end behind the header.
 */
export function readPlace(
  { path, lf, emailId }: MessagePlace,
  { headOnly = false } = {},
): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, READ_MESSAGE);
  } catch {
    // Renamed, removed, not to be read: whoever asked looks for himself.
    return undefined;
  }
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) return undefined;
    const head = headOnly && stats.size > HEAD ? headerIn(readPart(file, HEAD)) : undefined;
    const raw = head ?? readPart(file, stats.size);
    if (emailId === '') return octetsOf(raw).octets;
    return lf ? withCrlf(raw) : raw;
  } finally {
    closeSync(file);
  }
}

function readPart(file: number, size: number): Buffer {
  const buffer = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < size) {
    const octets = readSync(file, buffer, length, size - length, length);
    if (octets === 0) break;
    length += octets;
  }
  return buffer.subarray(0, length);
}

/** Up to the first empty line. */
function headerIn(start: Buffer): Buffer | undefined {
  const ends = ['\n\r\n', '\n\n'].map((end) => ({ at: start.indexOf(end), length: end.length }));
  const found = ends.filter(({ at }) => at !== -1).sort((one, other) => one.at - other.at)[0];
  return found && start.subarray(0, found.at + found.length);
}

/** Which terms are true of each message; undefined for one whose file is not there. For a thread. */
export function scanPlaces(
  places: readonly MessagePlace[],
  terms: readonly SearchTerm[],
): (readonly boolean[] | undefined)[] {
  const headOnly = terms.every((term) => term.kind !== 'text' || term.where === 'header');
  const dated = terms.some(({ kind }) => kind === 'sent');
  const texts = terms.some(({ kind }) => kind !== 'sent');
  return places.map((place) => {
    const raw = readPlace(place, { headOnly });
    if (raw === undefined) return undefined;
    const document = texts ? searchDocument(raw, ALL_CHARACTERS) : undefined;
    const day = (dated ? sortKeys(describe(raw).envelope).sentDay : null) ?? UNDATED;
    return terms.map((term) => {
      if (term.kind === 'sent') return day >= term.from && day < term.to;
      return document !== undefined && holds(document, term) === true;
    });
  });
}
