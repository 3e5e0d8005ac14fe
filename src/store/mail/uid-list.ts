import { join } from 'node:path';
import { readSmallFile } from '../small-file.ts';
import { splitName } from './file-name.ts';

/** Lists of a million messages have some 100 MB. */
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_UID = 0xffff_ffff;

/** What another server has told clients of a mailbox. */
export interface TakenUids {
  readonly uidValidity: number;
  readonly uidNext: number;
  /** By the names of files without flags. */
  readonly uids: ReadonlyMap<string, number>;
  /** The highest one clients know. */
  readonly modseq?: number;
}

/** UIDs from Dovecot's `dovecot-uidlist` or Courier's `courierimapuiddb`; undefined without a usable one. */
export async function takenOver(folder: string): Promise<TakenUids | undefined> {
  const dovecot = await readText(join(folder, 'dovecot-uidlist'));
  if (dovecot !== undefined) return parseDovecotUidList(dovecot);
  const courier = await readText(join(folder, 'courierimapuiddb'));
  return courier === undefined ? undefined : parseCourierUidList(courier);
}

/**
 * `3 V1275660208 N25022 G…`, then `UID [key…] :name`. The first format had `1 VALIDITY NEXT` and `UID name`. Later lines
 * of the same UID or name win nothing: UIDs ascend in a whole file.
 */
export function parseDovecotUidList(text: string): TakenUids | undefined {
  const [header = '', ...lines] = text.split('\n');
  const [version, ...fields] = header.split(' ');
  let uidValidity: number;
  let uidNext: number;
  if (version === '3') {
    const field = (letter: string): number =>
      Number(fields.find((one) => one.startsWith(letter))?.slice(1) ?? Number.NaN);
    uidValidity = field('V');
    uidNext = field('N');
  } else if (version === '1') [uidValidity = Number.NaN, uidNext = Number.NaN] = fields.map(Number);
  else return undefined;
  const entries = lines.map((line) => {
    const [, uid, name] = (version === '3' ? /^(\d+) (?:[^:]* )?:(.+)$/ : /^(\d+) (.+)$/).exec(line) ?? [];
    return [Number(uid), name ?? ''] as const;
  });
  return checked(uidValidity, uidNext, entries);
}

/** `1 VALIDITY NEXT`, then `UID name`. */
export function parseCourierUidList(text: string): TakenUids | undefined {
  const [header = '', ...lines] = text.split('\n');
  const [version, uidValidity, uidNext] = header.split(' ').map(Number);
  if (version !== 1) return undefined;
  const entries = lines.map((line) => {
    const [, uid, name] = /^(\d+) (.+)$/.exec(line) ?? [];
    return [Number(uid), name ?? ''] as const;
  });
  return checked(uidValidity ?? Number.NaN, uidNext ?? Number.NaN, entries);
}

/** Nothing when the list contradicts itself: UIDs that mean two messages are worse than new ones. */
function checked(
  uidValidity: number,
  uidNext: number,
  entries: readonly (readonly [number, string])[],
): TakenUids | undefined {
  const valid = (number: number): boolean => Number.isInteger(number) && number > 0 && number <= MAX_UID;
  if (!valid(uidValidity) || !valid(uidNext)) return undefined;
  const uids = new Map<string, number>();
  let last = 0;
  for (const [uid, file] of entries) {
    if (file === '') continue;
    if (!valid(uid) || uid <= last) return undefined;
    last = uid;
    uids.set(splitName(file).name, uid);
  }
  return { uidValidity, uidNext: Math.max(uidNext, last + 1), uids };
}

const readText = async (path: string): Promise<string | undefined> =>
  (await readSmallFile(path, MAX_BYTES))?.toString('utf8');
