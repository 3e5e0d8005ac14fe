import type { Budget, Unpacked } from '../budget.ts';

/** A file in an archive, as its header describes it. */
export interface ArchiveEntry {
  /** As stored, with its folders. Never to be used as a path. */
  readonly name: string;
  /** Bytes packed and unpacked, as the archive says. */
  readonly packed: number;
  readonly size: number;
  readonly encrypted: boolean;
  /** Unpacks it within the budget; absent when that needs a password or a method that is not read here. */
  readonly read?: (budget: Budget) => Unpacked;
  /** Its first bytes, where they can be had for less than all of it. */
  readonly head?: (budget: Budget) => Unpacked;
}

/** What is wrong with an archive; unpackers disagree about such ones, which is what they are made for. */
export type ArchiveFault =
  /** The list is cut off or damaged: what is here was found without it. */
  | 'broken'
  /** A file is called differently in the list and where it stands. */
  | 'names-differ'
  /** Files stand outside of what the list names, for unpackers that read from the other end. */
  | 'hidden-entries';

export interface ArchiveListing {
  readonly format: 'zip' | 'rar' | '7z' | 'tar' | 'gzip';
  /** Files, without folders; at most as many as were asked for. */
  readonly entries: readonly ArchiveEntry[];
  /** The names themselves are encrypted: nothing is listed. */
  readonly encryptedNames: boolean;
  /** There were more files than were asked for. */
  readonly truncated: boolean;
  readonly faults: readonly ArchiveFault[];
}

/** Lists up to `limit` files; never throws for what the bytes hold. */
export type ListArchive = (bytes: Uint8Array, limit: number) => ArchiveListing | Promise<ArchiveListing>;
