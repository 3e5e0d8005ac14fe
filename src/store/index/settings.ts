/** Settings and limits of the index of an account's mail. */
export interface IndexSettings {
  /** Index files that are open at the same time, over all accounts. */
  handles: number;
  /** Milliseconds a change waits for other processes' changes before it fails. */
  lockWait: number;
  /** Milliseconds between two looks whether other processes or programs changed what is watched. */
  pollInterval: number;
  /** Mailboxes and accounts that are looked at in one such look, as long as they take less than a sixteenth of the time. */
  pollFolders: number;
  /** Milliseconds after which a folder that we ourselves changed is read again. */
  scanInterval: number;
  /** Times its own duration that a scan is kept away from the next. */
  scanShare: number;
  /** Ranges of expunged UIDs that are remembered for each mailbox. */
  expungedRanges: number;
  /** Different keywords in a mailbox. */
  maxKeywords: number;
  /** Milliseconds after which a flag stands in the name of the file. */
  flagDelay: number;
  /** Octets of message bodies that are kept in memory, over all accounts. */
  cacheBytes: number;
  /** Octets of the largest file that is taken as a message. */
  maxFileBytes: number;
  /** Messages of an account that may wait to be learned. */
  maxLessons: number;
}

export const defaultIndexSettings: IndexSettings = {
  // Three file descriptors and up to 2 MB of pages each.
  handles: 256,
  // Writers hold the lock for some milliseconds; a check of the index for seconds.
  lockWait: 10_000,
  // Others' changes are to be seen within a second.
  pollInterval: 300,
  // Some 10 µs each on a disk of this machine, and two for each mailbox that is watched: some 2,500 of those within a second.
  pollFolders: 2000,
  // Reading a folder of a few thousand files takes some milliseconds.
  scanInterval: 500,
  // At most a twentieth of the time.
  scanShare: 20,
  // Some hundred KB; a client that was away for longer compares all UIDs.
  expungedRanges: 20_000,
  // 26 have a letter in the file name; clients that make more are scarce, and every message may carry each.
  maxKeywords: 200,
  // A message that is flagged and then moved or expunged is renamed once or never.
  flagDelay: 500,
  cacheBytes: 16 * 1024 * 1024,
  // Read as a whole when it is first seen.
  maxFileBytes: 256 * 1024 * 1024,
  // Who moves more than that at once sorts his archive; what the rest would teach is known by then.
  maxLessons: 10_000,
};
