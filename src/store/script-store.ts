import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, readdir, realpath, stat, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { accountFolder } from './account-folder.ts';
import { type Disk, disk as realDisk, errorCode, makeFolders, replaceFile } from './durable.ts';
import {
  canonicalScriptName,
  isCut,
  NAME_SUFFIX,
  SCRIPT_SUFFIX,
  scriptFile,
  scriptNameFault,
  scriptOfFile,
} from './script-name.ts';
import { activeFile, createScripts } from './scripts.ts';
import { type ScriptEntry, type ScriptStore, ScriptStoreError } from './script-types.ts';
import type { StoreSettings } from './settings.ts';
import { StoreError } from './types.ts';

export interface ScriptStoreOptions {
  /** Holds one folder per account; see docs/store.md. Created when missing. */
  folder: string;
  settings: Pick<StoreSettings, 'maxScriptBytes' | 'maxScripts' | 'maxScriptStorage'>;
  /** Milliseconds since the epoch. */
  now?: () => number;
  random?: (octets: number) => Uint8Array;
  /** For tests that let the disk fail. */
  disk?: Disk;
}

/** A script and the file it lies in, without suffix. */
interface Found extends ScriptEntry {
  readonly file: string;
}

const ACTIVE = 'active.sieve';
/** A name has 128 characters at most, of four octets. */
const MAX_NAME_FILE = 512;
/** Age of a temporary file that was left by somebody who died, ms: nobody writes a script for an hour. */
const STALE_MS = 3_600_000;

export function createScriptStore(options: ScriptStoreOptions): ScriptStore {
  const scripts = createScripts(options);
  const editor = new ScriptEditor(options);
  return {
    activeScript: (account) => scripts.activeScript(account),
    list: (account) =>
      editor.run(account, async (home) =>
        (await editor.entries(home)).map(({ name, active, size }) => ({ name, active, size })),
      ),
    get: async (account, name) =>
      (await editor.usual(account, name)) ?? editor.run(account, (home) => editor.get(home, name)),
    haveSpace: (account, name, size) =>
      editor.run(account, async (home) => void (await editor.place(home, name, size))),
    put: (account, name, source) => editor.run(account, (home) => editor.put(home, name, source)),
    setActive: (account, name) => editor.run(account, (home) => editor.setActive(home, name)),
    delete: (account, name) => editor.run(account, (home) => editor.delete(home, name)),
    rename: (account, from, to) => editor.run(account, (home) => editor.rename(home, from, to)),
  };
}

class ScriptEditor {
  readonly #options: ScriptStoreOptions;
  readonly #disk: Disk;
  readonly #root: string;
  /** What is under way in each account's folder: one thing after another. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: ScriptStoreOptions) {
    this.#options = options;
    this.#disk = options.disk ?? realDisk;
    this.#root = resolve(options.folder);
  }

  /** Waits for its turn, and makes every error a {@link ScriptStoreError}. */
  async run<T>(account: string, work: (home: string) => Promise<T>): Promise<T> {
    const home = join(this.#root, accountFolder(account));
    const previous = this.#turns.get(home) ?? Promise.resolve();
    const turn = previous
      .then(() => work(home))
      .catch((error: unknown) => Promise.reject(asStoreError(error)));
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(home, settled);
    void settled.then(() => {
      if (this.#turns.get(home) === settled) this.#turns.delete(home);
    });
    return turn;
  }

  async entries(home: string): Promise<Found[]> {
    const folder = join(home, 'scripts');
    const active = await activeFile(home).catch((error: unknown) => {
      // Its owner must be able to put another in the place of one that leads astray.
      if (errorCode(error) !== undefined && errorCode(error) !== 'ELOOP') throw error;
      return undefined;
    });
    const files = await readdir(folder, { withFileTypes: true }).catch(absent);
    const found = new Map<string, Found>();
    for (const entry of files ?? []) {
      if (!entry.isFile() || !entry.name.endsWith(SCRIPT_SUFFIX)) continue;
      const file = entry.name.slice(0, -SCRIPT_SUFFIX.length);
      const name = await this.#nameOf(folder, file);
      const path = join(folder, entry.name);
      const stats = await lstat(path).catch(absent);
      if (name === undefined || stats === undefined) continue;
      const same = active !== undefined && active === (await realpath(path).catch(absent));
      // Of two files for one name the one that we would write counts.
      if (!found.has(name) || scriptFile(name) === file)
        found.set(name, { name, file, size: stats.size, active: same });
    }
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #nameOf(folder: string, file: string): Promise<string | undefined> {
    if (!isCut(file)) return scriptOfFile(file);
    const whole = await readWhole(join(folder, file + NAME_SUFFIX), MAX_NAME_FILE).catch(absent);
    const name = whole?.toString('utf8') ?? '';
    return scriptNameFault(name) === undefined && scriptFile(name) === file ? name : scriptOfFile(file);
  }

  async #found(home: string, wanted: string): Promise<Found> {
    const name = canonicalScriptName(wanted);
    const found = (await this.entries(home)).find((entry) => entry.name === name);
    if (found === undefined) throw new ScriptStoreError('not-found', 'There is no script of this name');
    return found;
  }

  /**
   * The script where we would have put it, without looking at the others: each mail may include some. Undefined when it
   * has to be looked for.
   */
  async usual(account: string, name: string): Promise<Uint8Array | undefined> {
    if (scriptNameFault(name) !== undefined) return undefined;
    const file = scriptFile(canonicalScriptName(name)) + SCRIPT_SUFFIX;
    const path = join(this.#root, accountFolder(account), 'scripts', file);
    return readWhole(path, this.#options.settings.maxScriptBytes).catch(() => undefined);
  }

  async get(home: string, name: string): Promise<Uint8Array> {
    const { file } = await this.#found(home, name);
    return readWhole(join(home, 'scripts', file + SCRIPT_SUFFIX), this.#options.settings.maxScriptBytes);
  }

  /** The file a script of this size goes into. */
  async place(home: string, wanted: string, size: number): Promise<string> {
    const { maxScriptBytes, maxScripts, maxScriptStorage } = this.#options.settings;
    const name = checkedName(wanted);
    if (size > maxScriptBytes)
      throw new ScriptStoreError('size', `A script may have ${maxScriptBytes} octets at most`);
    const entries = await this.entries(home);
    const old = entries.find((entry) => entry.name === name);
    if (old === undefined && entries.length >= maxScripts)
      throw new ScriptStoreError('scripts', `There may be ${maxScripts} scripts at most`);
    const others = entries.reduce((sum, entry) => sum + (entry === old ? 0 : entry.size), 0);
    if (others + size > maxScriptStorage)
      throw new ScriptStoreError('storage', `All scripts may have ${maxScriptStorage} octets at most`);
    return old?.file ?? scriptFile(name);
  }

  async put(home: string, name: string, source: Uint8Array): Promise<void> {
    const file = await this.place(home, name, source.length);
    const folder = await this.#folder(home);
    await this.#sweep(folder);
    await this.#writeName(folder, file, canonicalScriptName(name));
    await replaceFile(this.#disk, this.#temporary(folder), join(folder, file + SCRIPT_SUFFIX), [source]);
  }

  async setActive(home: string, name: string | undefined): Promise<void> {
    const file = name === undefined ? undefined : (await this.#found(home, name)).file;
    await this.#adopt(home);
    if (file !== undefined) return this.#link(home, file);
    if (await this.#disk.remove(join(home, ACTIVE))) await this.#disk.syncFolder(home);
  }

  async delete(home: string, name: string): Promise<void> {
    const { file, active } = await this.#found(home, name);
    if (active) throw new ScriptStoreError('active', 'The active script cannot be deleted');
    await this.#remove(await this.#folder(home), file);
  }

  async rename(home: string, from: string, to: string): Promise<void> {
    const name = checkedName(to);
    const { file, active } = await this.#found(home, from);
    const taken = new ScriptStoreError('exists', 'There is a script of this name');
    if ((await this.entries(home)).some((entry) => entry.name === name)) throw taken;
    const folder = await this.#folder(home);
    const target = scriptFile(name);
    await this.#writeName(folder, target, name);
    // A second link, and not a rename: it replaces nothing, and the active script is there at every moment.
    await link(join(folder, file + SCRIPT_SUFFIX), join(folder, target + SCRIPT_SUFFIX)).catch(
      (error: unknown) => {
        throw errorCode(error) === 'EEXIST' ? taken : error;
      },
    );
    try {
      await this.#disk.syncFolder(folder);
      if (active) await this.#link(home, target);
    } catch (error) {
      await this.#disk.remove(join(folder, target + SCRIPT_SUFFIX)).catch(() => false);
      throw error;
    }
    await this.#remove(folder, file);
  }

  async #remove(folder: string, file: string): Promise<void> {
    await this.#disk.remove(join(folder, file + SCRIPT_SUFFIX));
    if (isCut(file)) await this.#disk.remove(join(folder, file + NAME_SUFFIX));
    await this.#disk.syncFolder(folder);
  }

  /** Points `active.sieve` to a script, in one step. */
  async #link(home: string, file: string): Promise<void> {
    const temporary = this.#temporary(home);
    await symlink(join('scripts', file + SCRIPT_SUFFIX), temporary);
    try {
      await this.#disk.rename(temporary, join(home, ACTIVE));
    } catch (error) {
      await this.#disk.remove(temporary).catch(() => false);
      throw error;
    }
    await this.#disk.syncFolder(home);
  }

  /** An admin may have put a file in the place of the link: it becomes a script like others before it is replaced. */
  async #adopt(home: string): Promise<void> {
    const stats = await lstat(join(home, ACTIVE)).catch(absent);
    if (stats?.isFile() !== true) return;
    const folder = await this.#folder(home);
    for (let number = 1; ; number++) {
      const name = number === 1 ? 'active' : `active ${number}`;
      try {
        await link(join(home, ACTIVE), join(folder, name + SCRIPT_SUFFIX));
        break;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST' || number > this.#options.settings.maxScripts) throw error;
      }
    }
    await this.#disk.syncFolder(folder);
  }

  async #writeName(folder: string, file: string, name: string): Promise<void> {
    if (!isCut(file)) return;
    await replaceFile(this.#disk, this.#temporary(folder), join(folder, file + NAME_SUFFIX), [
      Buffer.from(name),
    ]);
  }

  /** The folder of the scripts, made when it is missing. Links in its place are refused. */
  async #folder(home: string): Promise<string> {
    const folder = join(home, 'scripts');
    await makeFolders(this.#disk, this.#root, home, folder);
    for (const path of [home, folder])
      if (!(await lstat(path)).isDirectory()) throw new ScriptStoreError('io', `${path} is no folder`);
    return folder;
  }

  #temporary(folder: string): string {
    const random = Buffer.from((this.#options.random ?? randomBytes)(12)).toString('base64url');
    return join(folder, `.${random}.new`);
  }

  async #sweep(folder: string): Promise<void> {
    const now = (this.#options.now ?? Date.now)();
    for (const name of await readdir(folder)) {
      if (!/^\.[\w-]{16}\.new$/.test(name)) continue;
      const stats = await stat(join(folder, name)).catch(absent);
      if (stats !== undefined && now - stats.mtimeMs > STALE_MS) await this.#disk.remove(join(folder, name));
    }
  }
}

function checkedName(wanted: string): string {
  const fault = scriptNameFault(wanted);
  if (fault !== undefined)
    throw new ScriptStoreError('invalid-name', `No script can have this name: ${fault}`);
  return canonicalScriptName(wanted);
}

async function readWhole(path: string, limit: number): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await handle.stat();
    if (size > limit) throw new ScriptStoreError('size', `The script has more than ${limit} octets`);
    const bytes = Buffer.alloc(size);
    const { bytesRead } = await handle.read(bytes, 0, size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** For what may have gone meanwhile. */
function absent(error: unknown): undefined {
  if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
  throw error;
}

function asStoreError(error: unknown): ScriptStoreError {
  if (error instanceof ScriptStoreError) return error;
  const full =
    ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '') ||
    (error instanceof StoreError && error.reason === 'full');
  const text = error instanceof Error ? error.message : String(error);
  return new ScriptStoreError(full ? 'full' : 'io', text, { cause: error });
}
