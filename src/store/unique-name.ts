/** Letters of the Maildir convention for the system flags (RFC 9051 §2.3.2) and `$Forwarded`. */
const FLAG_LETTERS: Readonly<Record<string, string>> = {
  '\\draft': 'D',
  '\\flagged': 'F',
  $forwarded: 'P',
  '\\answered': 'R',
  '\\seen': 'S',
  '\\deleted': 'T',
};

/** Sorted letters for the flags that have one; others (keywords) have no place in a file name. */
export function flagLetters(flags: readonly string[]): string {
  const letters = new Set<string>();
  for (const flag of flags) {
    const letter = FLAG_LETTERS[flag.toLowerCase()];
    if (letter !== undefined) letters.add(letter);
  }
  return [...letters].sort().join('');
}

export interface UniqueNameParts {
  /** Milliseconds since the epoch, with a fraction for the microseconds. */
  now: number;
  pid: number;
  /** Counts up within the process. */
  sequence: number;
  random: Uint8Array;
  hostname: string;
  /** Bytes of the file. */
  size: number;
  /** Bytes with every line ending as CRLF. */
  virtualSize: number;
}

/** Seconds, microseconds, process and host of a name that {@link uniqueName} made. */
export const OWN_NAME = /^(\d{1,12})\.M(\d{1,6})P(\d{1,10})Q\d+_[0-9a-f]+\.([\w.-]+),S=/;

/** A host's name as it stands in the names of files. */
export const hostPart = (hostname: string): string =>
  hostname.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 64) || 'localhost';

/**
 * `seconds.MmicrosecondsPpidQsequence_random.host,S=size,W=virtual size`: unique by time, process, count and random
 * bits; `S=` and `W=` are where Dovecot and Courier look for the sizes, so that they need not read the file.
 */
export function uniqueName(parts: UniqueNameParts): string {
  const microseconds = Math.floor(parts.now * 1000);
  const seconds = Math.floor(microseconds / 1_000_000);
  const random = Buffer.from(parts.random).toString('hex');
  // Six digits, so that names sort as the messages came.
  const fraction = String(microseconds % 1_000_000).padStart(6, '0');
  const unique = `M${fraction}P${parts.pid}Q${parts.sequence}_${random}`;
  return `${seconds}.${unique}.${hostPart(parts.hostname)},S=${parts.size},W=${parts.virtualSize}`;
}

const LF = 0x0a;
const CR = 0x0d;

/** Bytes of the pieces, and what they would be with every bare LF as CRLF. */
export function sizes(pieces: readonly Uint8Array[]): { size: number; virtualSize: number } {
  let size = 0;
  let bare = 0;
  let last = 0;
  for (const piece of pieces) {
    for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, at + 1)) {
      if ((at === 0 ? last : piece[at - 1]) !== CR) bare++;
    }
    size += piece.length;
    last = piece.at(-1) ?? last;
  }
  return { size, virtualSize: size + bare };
}
