import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { errorCode } from './durable.ts';
import { type ActiveScript, ScriptError } from './types.ts';

/** A folder of scripts, `<name>.sieve` each, that belongs to the admin or to a user. */
export interface ScriptFolder {
  /** All scripts, in the order of their file names. Throws {@link ScriptError} when the folder cannot be read. */
  all(): Promise<NamedScript[]>;
  /** One script by its name; undefined when there is none, or no script can have that name. Throws {@link ScriptError}. */
  named(name: string): Promise<ActiveScript | undefined>;
}

/** A script of the folder, or why it cannot be read. */
export type NamedScript = { name: string } & (
  | { script: ActiveScript; fault?: undefined }
  | { script?: undefined; fault: ScriptError }
);

export interface ScriptFolderOptions {
  folder: string;
  /** Octets of one script. */
  maxScriptBytes: number;
}

/** Scripts of a folder of the admin: some number the steps of their filing, nobody has hundreds. */
const MAX_SCRIPTS = 200;
/** Octets of a script's name: with `.sieve` it has to fit into a file name. */
const MAX_NAME_BYTES = 240;
const EXTENSION = '.sieve';
/** The same name again would be read again at each mail: these are kept while the files stay as they are. */
const MAX_CACHED = 1000;
/** Errors that will not go away by themselves. */
const LASTING = new Set(['EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'EISDIR', 'ENXIO', 'ENOTDIR', 'ENOENT']);
/** A file changed less than this before it was read may change again within the same tick of its clock. */
const SETTLED_MS = 2000;

/**
 * Reads the scripts of a folder when they are asked for; a file that stays as it is is read once. Names hold no `/`,
 * no control character and do not begin with a dot, so that no name leads out of the folder (RFC 6609 §3.2); the files
 * themselves may be links, as the folder is in the hands of whoever put them there.
 */
export function createScriptFolder(options: ScriptFolderOptions): ScriptFolder {
  const folder = resolve(options.folder);
  const cache = new Map<string, { key: string; script: ActiveScript }>();

  const read = async (name: string): Promise<ActiveScript> => {
    const path = join(folder, `${name}${EXTENSION}`);
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) throw new ScriptError(`${path} is no file`, false);
      const { maxScriptBytes } = options;
      if (stats.size > BigInt(maxScriptBytes))
        throw new ScriptError(`${path} has ${stats.size} bytes, ${maxScriptBytes} are allowed`, false);
      const key = `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}`;
      const known = cache.get(name);
      if (known?.key === key) return known.script;
      const bytes = Buffer.alloc(Number(stats.size));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      const script = { name: basename(name), source: bytes.subarray(0, bytesRead).toString('utf8') };
      cache.delete(name);
      if (Date.now() - Number(stats.ctimeNs / 1_000_000n) > SETTLED_MS) {
        const [oldest] = cache.keys();
        if (cache.size >= MAX_CACHED && oldest !== undefined) cache.delete(oldest);
        cache.set(name, { key, script });
      }
      return script;
    } finally {
      await handle.close();
    }
  };

  return {
    async all() {
      let names: string[];
      try {
        names = (await readdir(folder))
          .filter((name) => name.endsWith(EXTENSION))
          .map((name) => name.slice(0, -EXTENSION.length))
          .filter(isScriptName)
          .sort();
      } catch (error) {
        throw scriptError(error, folder);
      }
      const found: NamedScript[] = [];
      for (const name of names.slice(0, MAX_SCRIPTS)) {
        try {
          found.push({ name, script: await read(name) });
        } catch (error) {
          // Removed since the folder was read.
          if (errorCode(error) !== 'ENOENT') found.push({ name, fault: scriptError(error, name) });
        }
      }
      return found;
    },
    async named(name) {
      if (!isScriptName(name)) return undefined;
      try {
        return await read(name);
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw scriptError(error, name);
      }
    },
  };
}

/** Whether a file of the folder may be called so. */
export function isScriptName(name: string): boolean {
  return (
    name !== '' &&
    Buffer.byteLength(name) <= MAX_NAME_BYTES &&
    name.isWellFormed() &&
    !name.startsWith('.') &&
    // RFC 5804 §1.6, and what divides the levels of a path.
    !/[/\\\p{Cc}\u2028\u2029]/u.test(name)
  );
}

function scriptError(error: unknown, what: string): ScriptError {
  if (error instanceof ScriptError) return error;
  const text = `${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  return new ScriptError(text, !LASTING.has(errorCode(error) ?? ''), { cause: error });
}
