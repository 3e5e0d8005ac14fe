import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FileRow } from '../index/messages.ts';
import { putDescriptions, undescribed } from '../index/undescribed.ts';
import { StoreError } from '../types.ts';
import { tracked } from './context.ts';
import { type MailboxCore, readMailbox } from './core.ts';
import { readForeign } from './files.ts';
import { takeIn, type TakenIn } from './take-in.ts';
import type { UidRange } from './types.ts';

/** Files that a thread reads at a time: one transaction of less than 10 ms. */
const BATCH = 250;
/** Lists that are read in the background at the same time: what somebody asks for does not wait long behind them. */
const BACKGROUND_WIDTH = 2;
/** So few, of so many octets each at most, are read here: a thread may have to be started first. */
const FEW = 8;
const SMALL = 256 * 1024;
const MAX_UID = 0xffff_ffff;

/**
 * Reads the files of messages that a large mailbox of another program was taken over with: in the background in the order of
 * their UIDs, and at once those that somebody asks for. The index says which are left, also to the next process.
 */
export class Describer {
  readonly #core: MailboxCore;
  /** Those that are being read, by UID. */
  readonly #underWay = new Map<number, Promise<void>>();
  /** Files that could not be read are not tried again in the background: they may be gone. */
  readonly #unreadable = new Set<number>();
  #running = false;
  #again = false;

  constructor(core: MailboxCore) {
    this.#core = core;
  }

  /** Sees to it that the background does what is left. */
  resume(): void {
    const { context, account } = this.#core;
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    void tracked(context, () => this.#describeAll())
      .catch((err: unknown) => {
        // The mailbox was deleted meanwhile.
        if (err instanceof StoreError && err.reason === 'not-found') return;
        context.log.warn({ account, mailbox: this.#core.name, err }, 'mail taken over is not described yet');
      })
      .finally(() => {
        this.#running = false;
      });
  }

  /** Resolves when all of these are described, as far as their files can be read. */
  async describe(ranges: readonly UidRange[]): Promise<void> {
    const { width } = this.#core.context.takeIn;
    const ahead: Promise<void>[] = [];
    for (const [first, last] of ranges)
      for (const rows of this.#batches(first, last)) {
        ahead.push(this.#batch(rows));
        if (ahead.length >= width) await ahead.shift();
      }
    await Promise.all(ahead);
  }

  async #describeAll(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      const ahead: Promise<void>[] = [];
      for (const rows of this.#batches(1, MAX_UID)) {
        if (this.#core.context.closing) break;
        ahead.push(this.#batch(rows.filter(({ uid }) => !this.#unreadable.has(uid))));
        if (ahead.length >= BACKGROUND_WIDTH) await ahead.shift();
        await nextTurn();
      }
      await Promise.all(ahead);
    }
  }

  *#batches(first: number, last: number): Iterable<readonly FileRow[]> {
    for (let from = first; from <= last; ) {
      const rows = readMailbox(this.#core, (db, { id }) => undescribed(db, id, from, last, BATCH));
      const end = rows.at(-1);
      if (end === undefined) return;
      yield rows;
      from = end.uid + 1;
    }
  }

  #batch(rows: readonly FileRow[]): Promise<void> {
    const waiting = new Set<Promise<void>>();
    const mine: FileRow[] = [];
    for (const row of rows) {
      const other = this.#underWay.get(row.uid);
      if (other === undefined) mine.push(row);
      else waiting.add(other);
    }
    if (mine.length > 0) {
      const work = this.#read(mine).finally(() => {
        for (const { uid } of mine) this.#underWay.delete(uid);
      });
      for (const { uid } of mine) this.#underWay.set(uid, work);
      waiting.add(work);
    }
    const done = Promise.all(waiting).then(() => undefined);
    // It may be waited for later, and until then nobody hears of an error.
    done.catch(() => undefined);
    return done;
  }

  async #read(rows: readonly FileRow[]): Promise<void> {
    const { index, mailboxId, context, account, name } = this.#core;
    const few = rows.length <= FEW && rows.every(({ size }) => size <= SMALL);
    const taken = few ? [] : await this.#readElsewhere(rows);
    const described: (readonly [FileRow, TakenIn])[] = [];
    for (const [at, row] of rows.entries()) {
      const file = taken[at] ?? (await this.#readHere(row));
      if (file === undefined) {
        this.#unreadable.add(row.uid);
        continue;
      }
      this.#unreadable.delete(row.uid);
      described.push([row, file]);
      if (file.fault !== undefined)
        context.log.error(
          { account, mailbox: name, file: row.name, err: file.fault },
          'the structure of a message cannot be taken',
        );
    }
    if (described.length > 0) await index.write((db) => putDescriptions(db, mailboxId, described));
  }

  async #readElsewhere(rows: readonly FileRow[]): Promise<readonly (TakenIn | undefined)[]> {
    const { files, context, account } = this.#core;
    const paths = rows.map((row) => files.path(row.name, files.placeOf(row)));
    try {
      return await context.takeIn.ask('read', paths, context.settings.index.maxFileBytes);
    } catch (err) {
      context.log.warn({ account, err }, 'the thread that reads mail of other programs has failed');
      return [];
    }
  }

  /** Wherever it is now: its flags may have changed. */
  async #readHere(row: FileRow): Promise<TakenIn | undefined> {
    const { files, context } = this.#core;
    const file = await files.at(row, async (path) => {
      const read = await readForeign(path, context.settings.index.maxFileBytes);
      if (read === undefined) throw Object.assign(new Error('gone, or no message'), { code: 'ENOENT' });
      return read;
    });
    return file === undefined ? undefined : takeIn(file);
  }
}
