import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../log.ts';
import type { Envelope } from '../message/envelope.ts';
import { type Disk, disk, errorCode, makeFolders } from '../store/durable.ts';
import { sweepStale } from '../store/sweep.ts';

/** A mail that is held for the admin to decide. */
export interface HeldMail {
  id: string;
  /** Milliseconds since the epoch. */
  held: number;
  reason: string;
  score: number;
  symbols: readonly string[];
  envelope: Envelope;
  /** Bytes of the message. */
  size: number;
}

export interface HoldRequest {
  id: string;
  pieces: readonly Uint8Array[];
  envelope: Envelope;
  reason: string;
  score: number;
  symbols: readonly string[];
}

export interface Quarantine {
  /** Durable when it resolves; returns the id it is held under. Rejects when the disk does not take it: answer 4xx. */
  hold(request: HoldRequest): Promise<string>;
  /** Oldest first. What is damaged is left out, with a log line. */
  list(): Promise<HeldMail[]>;
  /** All that is needed to deliver it after all. */
  get(id: string): Promise<{ mail: HeldMail; raw: Uint8Array } | undefined>;
  /** Once released or given up. True when it was there. */
  remove(id: string): Promise<boolean>;
}

export interface QuarantineOptions {
  /** Holds `<id>.eml` and `<id>.json`. Created when missing. */
  folder: string;
  log: Log;
  now?: () => number;
  disk?: Disk;
}

const heldMail = z.object({
  version: z.literal(1),
  id: z.string(),
  held: z.number(),
  reason: z.string(),
  score: z.number(),
  symbols: z.array(z.string()),
  size: z.number(),
  envelope: z.looseObject({
    client: z.looseObject({}),
    sender: z.string(),
    recipients: z.array(z.looseObject({ address: z.string() })),
  }),
});

/** Half-written files older than this were left by a process that died. */
const STALE_MS = 3_600_000;

export async function createQuarantine(options: QuarantineOptions): Promise<Quarantine> {
  const now = options.now ?? Date.now;
  const via = options.disk ?? disk;
  const { folder, log } = options;
  const tmp = join(folder, 'tmp');
  await makeFolders(via, folder, tmp);
  await sweepStale(via, tmp, now() - STALE_MS);
  let count = 0;

  const path = (id: string, extension: 'eml' | 'json'): string => join(folder, `${id}.${extension}`);

  const read = async (id: string): Promise<HeldMail | undefined> => {
    try {
      const parsed = heldMail.parse(JSON.parse(await readFile(path(id, 'json'), 'utf8')));
      const { size } = await stat(path(id, 'eml'));
      if (parsed.id !== id || size !== parsed.size)
        throw new TypeError('control file and message do not fit');
      const { version: _, ...mail } = parsed;
      return mail;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') log.error({ id, err: error }, 'a mail in quarantine is damaged');
      return undefined;
    }
  };

  /** MTAs use their queue ids again; a mail that is still held is never replaced. */
  const freeId = async (wanted: string): Promise<string> => {
    const names = new Set(await readdir(folder));
    let id = wanted;
    for (let n = 2; names.has(`${id}.json`) || names.has(`${id}.eml`); n++) id = `${wanted}-${n}`;
    return id;
  };

  return {
    async hold({ pieces, ...request }) {
      const id = await freeId(fileId(request.id));
      const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const mail: HeldMail = { ...request, id, held: now(), size };
      const unique = `${process.pid}-${++count}`;
      const content = join(tmp, `${unique}.eml`);
      const control = join(tmp, `${unique}.json`);
      const text = `${JSON.stringify({ version: 1, ...mail }, undefined, 1)}\n`;
      try {
        await via.write(content, pieces);
        await via.write(control, [Buffer.from(text, 'utf8')]);
        // The control file last: what has one is whole.
        await via.rename(content, path(id, 'eml'));
        await via.rename(control, path(id, 'json'));
        await via.syncFolder(folder);
      } catch (error) {
        for (const file of [content, control]) await via.remove(file).catch(() => undefined);
        throw error;
      }
      log.info({ id, reason: mail.reason, score: mail.score, bytes: size }, 'mail held in quarantine');
      return id;
    },
    async list() {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
      const mails: HeldMail[] = [];
      for (const name of names) {
        const mail = await read(name.slice(0, -'.json'.length));
        if (mail !== undefined) mails.push(mail);
      }
      return mails.sort((one, other) => one.held - other.held || (one.id < other.id ? -1 : 1));
    },
    async get(id) {
      if (fileId(id) !== id) return undefined;
      const mail = await read(id);
      return mail === undefined ? undefined : { mail, raw: await readFile(path(id, 'eml')) };
    },
    async remove(id) {
      if (fileId(id) !== id) return false;
      const there = await via.remove(path(id, 'json'));
      await via.remove(path(id, 'eml'));
      await via.syncFolder(folder);
      return there;
    },
  };
}

/** The id as a file name: a milter's queue id comes from outside. Others than plain ones become a hash. */
function fileId(id: string): string {
  if (/^[A-Za-z0-9_-]{1,100}$/.test(id)) return id;
  return `x${createHash('sha256').update(id).digest('hex').slice(0, 40)}`;
}
