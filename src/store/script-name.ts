import { createHash } from 'node:crypto';

/** RFC 5804 §1.6 asks for 128 characters, and a character has four octets at most. */
const MAX_CHARACTERS = 128;
/** File names end at 255 bytes, and `.sieve` and the random part of a temporary name are needed. */
const MAX_FILE_BYTES = 200;
const KEPT_CHARACTERS = 40;

export const SCRIPT_SUFFIX = '.sieve';
/** Beside the file of a script whose name is too long for a file name: the whole name. */
export const NAME_SUFFIX = '.name';

/** What is wrong with the name of a script, or undefined (RFC 5804 §1.6: Net-Unicode, no controls). `/` would look like a path. */
export function scriptNameFault(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.length > 2 * MAX_CHARACTERS || Array.from(name).length > MAX_CHARACTERS)
    return `it has more than ${MAX_CHARACTERS} characters`;
  if (!name.isWellFormed()) return 'it is no well-formed Unicode';
  if (/[\p{Cc}\u2028\u2029]/u.test(name)) return 'it holds a control character';
  if (name.includes('/')) return 'it holds a slash';
  return undefined;
}

/** The name as it is kept and compared: RFC 5198 §3 wants NFC. */
export const canonicalScriptName = (name: string): string => name.normalize('NFC');

/**
 * The file name, without suffix, of a script. Legible for an admin: everything stays but `%`, `~`, a dot at the
 * beginning and the backslash, which become `%XX` for each byte. A name that is too long is
 * cut and ends in `~` and a hash; no other file name holds a `~`.
 */
export function scriptFile(name: string): string {
  const encoded = name.replace(/^\.|[%~\\]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
  if (Buffer.byteLength(encoded) <= MAX_FILE_BYTES) return encoded;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 40);
  return `${Array.from(encoded)
    .slice(0, KEPT_CHARACTERS)
    .join('')
    .replace(/%[\dA-F]?$/, '')}~${hash}`;
}

/** Whether the whole name stands in a file of its own. */
export const isCut = (file: string): boolean => /~[\da-f]{40}$/.test(file);

/**
 * The name for a file, without suffix, that is not cut: as {@link scriptFile} made it, or as an admin called it.
 * Undefined when no client could ask for it.
 */
export function scriptOfFile(file: string): string | undefined {
  let name = file;
  try {
    const decoded = decodeURIComponent(file);
    if (scriptFile(decoded) === file) name = decoded;
  } catch {
    // Somebody else's `%`.
  }
  return scriptNameFault(name) === undefined ? canonicalScriptName(name) : undefined;
}
