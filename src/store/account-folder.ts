import { createHash } from 'node:crypto';
import { StoreError } from './types.ts';

/** Longer names are cut and end in a hash: a file name holds 255 bytes, and some are needed for suffixes. */
const MAX_BYTES = 200;
const KEPT_BYTES = 120;
/** Nearly all accounts: their folders are called as they are. */
const PLAIN = /^[a-z0-9_@+-][a-z0-9_@+.-]{0,199}$/;

/**
 * The name of an account's folder: lower-cased, and every byte but `a-z 0-9 . _ @ + -` as `%XX`, so that no account
 * name leads out of the folder it belongs in. A leading dot is encoded too, which leaves no `.` and `..`. A name that
 * would be too long is cut and ends in `~` and a hash; no other name holds a `~`. Throws `invalid-name` for ''.
 */
export function accountFolder(account: string): string {
  const name = account.normalize('NFC').toLowerCase();
  if (PLAIN.test(name)) return name;
  if (name === '') throw new StoreError('invalid-name', 'an account has a name');
  let encoded = '';
  for (const byte of Buffer.from(name, 'utf8')) {
    const char = String.fromCharCode(byte);
    const plain = /[a-z0-9_@+.-]/.test(char) && !(char === '.' && encoded === '');
    encoded += plain ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  if (encoded.length <= MAX_BYTES) return encoded;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 40);
  return `${encoded.slice(0, KEPT_BYTES)}~${hash}`;
}

/** The account of a folder; undefined for what is no account's folder, or one whose name was cut. */
export function accountOfFolder(folder: string): string | undefined {
  if (folder.startsWith('.') || folder.includes('~')) return undefined;
  try {
    const account = decodeURIComponent(folder);
    return accountFolder(account) === folder ? account : undefined;
  } catch {
    return undefined;
  }
}
