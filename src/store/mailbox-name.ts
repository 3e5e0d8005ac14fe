import { decodeMutf7, encodeMutf7 } from './mutf7.ts';
import { StoreError } from './types.ts';

export interface MailboxNameLimits {
  maxDepth: number;
  /** Bytes of the folder name on the disk. */
  maxNameBytes: number;
}

export const INBOX = 'INBOX';

/** What is written as base64 in the name of a folder. */
const NO_DOTS = /&|[^\x20-\x2d\x2f-\x7e]+/g;

/**
 * The name as it is kept and compared: NFC, `INBOX` in capitals where it is the first level (RFC 9051 §5.1). Throws
 * `invalid-name` for what no mailbox may be called: an empty level, `.` and `..`, control and format characters that hide a name's end (RFC 5198 §2), a level that begins with `~`,
 * too many levels, too long a name.
 */
export function canonicalMailbox(name: string, limits: MailboxNameLimits): string {
  if (name === INBOX) return INBOX;
  const fault = nameFault(name, limits);
  if (fault !== undefined) {
    throw new StoreError(
      'invalid-name',
      `no mailbox can be called ${JSON.stringify(name.slice(0, 100))}: ${fault}`,
    );
  }
  return canonical(name);
}

function canonical(name: string): string {
  const [first = '', ...rest] = name.normalize('NFC').split('/');
  return [first.toUpperCase() === INBOX ? INBOX : first, ...rest].join('/');
}

function nameFault(name: string, limits: MailboxNameLimits): string | undefined {
  // Before anything that costs time in the length of the name.
  if (name.length > limits.maxNameBytes) return 'it is too long';
  if (!name.isWellFormed()) return 'it is no well-formed Unicode';
  if (/[\p{Cc}\u2028\u2029\ufeff\u202a-\u202e\u2066-\u2069]/u.test(name))
    return 'it holds a control character';
  const levels = name.split('/');
  if (levels.length > limits.maxDepth) return `it has more than ${limits.maxDepth} levels`;
  if (levels.some((level) => level === '')) return 'a level is empty';
  if (levels.some((level) => level === '.' || level === '..')) return 'a level is a dot';
  if (levels.some((level) => level.startsWith('~'))) return 'a level begins with a tilde';
  if (mailboxFolder(canonical(name)).length > limits.maxNameBytes) return 'it is too long';
  return undefined;
}

/**
 * Folder of a canonical name inside the Maildir: `` for INBOX, `.Lists.Tamis` for `Lists/Tamis`. A dot inside a level is
 * `&AC4-`, as in the runs of modified UTF-7: on the disk dots separate the levels.
 */
export function mailboxFolder(canonicalName: string): string {
  if (canonicalName === INBOX) return '';
  return `.${canonicalName.split('/').map(encodeLevel).join('.')}`;
}

/** The mailbox of a folder in the Maildir; undefined when the folder is none or has a name no mailbox can have. */
export function mailboxOfFolder(folder: string, limits: MailboxNameLimits): string | undefined {
  if (!folder.startsWith('.') || folder.length < 2) return undefined;
  const levels = folder.slice(1).split('.').map(decodeLevel);
  if (levels.some((level) => level === undefined || level.includes('/'))) return undefined;
  const name = levels.join('/');
  if (nameFault(name, limits) !== undefined) return undefined;
  // `.INBOX` would be a second inbox, and a name that is spelt otherwise could not be opened again.
  return canonical(name) === name && name !== INBOX ? name : undefined;
}

/** A level of a name as it stands in the name of a folder. */
export const encodeLevel = (level: string): string => encodeMutf7(level, NO_DOTS);
/** Undefined for what {@link encodeLevel} does not write. */
export const decodeLevel = (encoded: string): string | undefined => decodeMutf7(encoded, NO_DOTS);

/** `a/b/c` → `a`, `a/b`. */
export function parentMailboxes(name: string): string[] {
  const levels = name.split('/');
  return levels.slice(1).map((_, index) => levels.slice(0, index + 1).join('/'));
}
