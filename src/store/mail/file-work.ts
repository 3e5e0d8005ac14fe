import { dirname, join } from 'node:path';
import { errorCode } from '../durable.ts';
import type { IndexDatabase } from '../index/database.ts';
import { mailboxRow } from '../index/mailboxes.ts';
import { ascending } from '../index/messages.ts';
import { StoreError } from '../types.ts';
import { forEachOf } from './concurrent.ts';
import { CHUNK, keywordNamesOf, type MailboxCore, readMailbox } from './core.ts';
import { infoOf } from './file-name.ts';

/** Milliseconds before files of expunged messages go: those of many commands together, for the sake of the disk. */
const REMOVE_DELAY = 500;

type DirtyColumns = readonly [number, string, number, string, number, string];
interface Named {
  readonly name: string;
  readonly cur: boolean;
  readonly info: string;
}

/** What follows the index behind the client's back: the names of files, and files of messages that are gone. */
export class FileWork {
  readonly #core: MailboxCore;
  #timers: { flags?: NodeJS.Timeout; remove?: NodeJS.Timeout } = {};
  #running: Promise<void> = Promise.resolve();
  #doomed: Named[] = [];

  constructor(core: MailboxCore) {
    this.#core = core;
  }

  writeFlags(): void {
    this.#timers.flags ??= this.#later('flags', this.#core.context.settings.index.flagDelay, () =>
      this.#renameAll(),
    );
  }

  remove(files: readonly Named[]): void {
    this.#doomed.push(...files);
    this.#timers.remove ??= this.#later('remove', REMOVE_DELAY, () => this.#removeAll());
  }

  /** What a process that died has left to do. */
  resume(): void {
    const [dirty, doomed] = readMailbox(this.#core, (db, row) => [
      db.get('SELECT 1 FROM message WHERE mailbox = ? AND dirty = 1 LIMIT 1', row.id) !== undefined,
      db.all<[string]>('SELECT name FROM doomed WHERE mailbox = ?', row.id).map(([name]) => name),
    ]);
    if (dirty) this.writeFlags();
    if (doomed.length > 0) this.remove(doomed.map((name) => ({ name, cur: false, info: '' })));
  }

  /** Does at once what was to be done later. */
  async finish(): Promise<void> {
    const { flags, remove } = this.#timers;
    clearTimeout(flags);
    clearTimeout(remove);
    this.#timers = {};
    if (flags !== undefined) this.#run(() => this.#renameAll());
    if (remove !== undefined) this.#run(() => this.#removeAll());
    await this.#running;
  }

  #later(kind: 'flags' | 'remove', delay: number, work: () => Promise<void>): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timers[kind] = undefined;
      this.#run(work);
    }, delay).unref();
  }

  #run(work: () => Promise<void>): void {
    const { context, account } = this.#core;
    this.#running = this.#running.then(work).catch((err: unknown) => {
      // The mailbox was deleted or renamed meanwhile; it is looked at again when it is opened.
      if (err instanceof StoreError && err.reason === 'not-found') return;
      if (errorCode(err) === 'ENOENT') return;
      context.log.warn({ account, err }, 'the files of a mailbox cannot follow its index');
    });
    const running = this.#running;
    context.running.add(running);
    void running.finally(() => context.running.delete(running));
  }

  async #renameAll(): Promise<void> {
    const core = this.#core;
    for (let after = 0; ; ) {
      const rows = readMailbox(core, (db, row) =>
        ascending(
          db.all<DirtyColumns>(
            `SELECT uid, name, cur, info, system, keywords FROM message
             WHERE mailbox = ? AND dirty = 1 AND uid > ? ORDER BY uid LIMIT ${CHUNK}`,
            row.id,
            after,
          ),
          after,
        ),
      );
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last[0];
      await this.#renameSome(rows);
    }
  }

  async #renameSome(rows: readonly DirtyColumns[]): Promise<void> {
    const core = this.#core;
    const names = keywordNamesOf(core);
    const renamed: { uid: number; name: string; info: string; system: number; keywords: string }[] = [];
    await forEachOf(rows, async ([uid, name, cur, info, system, keywords]) => {
      // On its way to another mailbox: there it gets its name.
      if (core.files.isBusy(name)) return;
      const wanted = infoOf(system, keywords === '' ? [] : keywords.split(' '), names.number);
      const row = { name, cur: cur === 1, info };
      const known = core.files.placeOf(row);
      const done = await core.files.at(row, async (path, place) => {
        // Another program was quicker: what it did is merged by the next scan, and then it is our turn again.
        if (place.info !== known.info) return false;
        if (place.cur && place.info === wanted) return true;
        await core.context.disk.rename(path, core.files.path(name, { cur: true, info: wanted }));
        core.files.moved(name, { cur: true, info: wanted });
        return true;
      });
      if (done === true) renamed.push({ uid, name, info: wanted, system, keywords });
    });
    core.touched();
    // When it is lost, the next scan finds that the name says what the index does.
    const note = (db: IndexDatabase): void => {
      const { id } = mailboxRow(db, core.mailboxId);
      for (const { uid, name, info, system, keywords } of renamed)
        db.run(
          `UPDATE message SET cur = 1, info = ?1, dirty = NOT (system = ?2 AND keywords = ?3)
           WHERE mailbox = ?4 AND uid = ?5 AND name = ?6`,
          info,
          system,
          keywords,
          id,
          uid,
          name,
        );
    };
    await core.index.write(note, { lazy: true });
    for (const { name } of renamed) core.files.settled(name);
  }

  async #removeAll(): Promise<void> {
    const core = this.#core;
    const files = this.#doomed.splice(0);
    const { disk } = core.context;
    const folders = new Set<string>();
    await forEachOf(files, async (file) => {
      const removed = await core.files.at(file, async (path) => {
        // Elsewhere, or gone: `at` looks where.
        if (!(await disk.remove(path))) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
        return dirname(path);
      });
      if (removed !== undefined) folders.add(removed);
      // Somebody else has removed it, wherever it was.
      else for (const part of ['new', 'cur']) folders.add(join(core.files.folder, part));
      core.files.settled(file.name);
    });
    core.touched();
    for (const folder of folders) await disk.syncFolder(folder);
    const forget = (db: IndexDatabase): void => {
      const { id } = mailboxRow(db, core.mailboxId);
      for (const { name } of files) db.run('DELETE FROM doomed WHERE mailbox = ? AND name = ?', id, name);
    };
    await core.index.write(forget, { lazy: true });
  }
}
