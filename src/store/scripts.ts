import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { basename, join, resolve, sep } from 'node:path';
import { accountFolder } from './account-folder.ts';
import { errorCode } from './durable.ts';
import { scriptOfFile } from './script-name.ts';
import type { StoreSettings } from './settings.ts';
import { type ActiveScript, ScriptError, type Scripts, StoreError } from './types.ts';

export interface ScriptsOptions {
  /** Holds one folder per account, with `scripts/*.sieve` and the link `active.sieve` to one of them. */
  folder: string;
  settings: Pick<StoreSettings, 'maxScriptBytes'>;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** Accounts whose script is kept in memory; others are read again. */
const MAX_CACHED = 1000;
/** A file changed less than this before it was read may change again within the same tick of its clock. */
const SETTLED_MS = 2000;
/** Errors that will not go away by themselves: the mail is better kept than deferred for days. */
const LASTING = new Set(['EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'EISDIR', 'ENXIO']);

interface Cached {
  readonly key: string;
  readonly script: ActiveScript;
}

export function createScripts(options: ScriptsOptions): Scripts {
  const root = resolve(options.folder);
  const now = options.now ?? Date.now;
  const cache = new Map<string, Cached>();

  const read = async (folder: string): Promise<ActiveScript | undefined> => {
    const target = await activeFile(folder);
    if (target === undefined) {
      cache.delete(folder);
      return undefined;
    }
    // Not blocked by a pipe, and the path is already resolved: a link put there since is not followed.
    const handle = await open(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) throw new ScriptError(`${target} is no file`, false);
      if (stats.size > BigInt(options.settings.maxScriptBytes)) {
        throw new ScriptError(
          `${target} has ${stats.size} bytes, ${options.settings.maxScriptBytes} are allowed`,
          false,
        );
      }
      const key = `${target} ${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
      const known = cache.get(folder);
      if (known?.key === key) return known.script;
      // Not readFile: a file that grows meanwhile is not followed beyond the size that was checked.
      const bytes = Buffer.alloc(Number(stats.size));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      const source = bytes.subarray(0, bytesRead).toString('utf8');
      const file = basename(target).replace(/\.sieve$/, '');
      const script = { name: scriptOfFile(file) ?? file, source };
      cache.delete(folder);
      if (now() - Number(stats.ctimeNs / 1_000_000n) > SETTLED_MS) {
        const [oldest] = cache.keys();
        if (cache.size >= MAX_CACHED && oldest !== undefined) cache.delete(oldest);
        cache.set(folder, { key, script });
      }
      return script;
    } finally {
      await handle.close();
    }
  };

  return {
    async activeScript(account) {
      try {
        return await read(join(root, accountFolder(account)));
      } catch (error) {
        if (error instanceof ScriptError) throw error;
        const text = `the active script of ${account} cannot be read: ${error instanceof Error ? error.message : ''}`;
        const lasting = error instanceof StoreError || LASTING.has(errorCode(error) ?? '');
        throw new ScriptError(text, !lasting, { cause: error });
      }
    },
  };
}

/** Path of the file `active.sieve` is or leads to; undefined when there is none, an error when it leads out. */
export async function activeFile(folder: string): Promise<string | undefined> {
  try {
    const home = await realpath(folder);
    const target = await realpath(join(home, 'active.sieve'));
    if (!target.startsWith(home + sep))
      throw new ScriptError(`${folder}/active.sieve leads out of its folder`, false);
    return target;
  } catch (error) {
    // A link to a script that was removed is no script.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
