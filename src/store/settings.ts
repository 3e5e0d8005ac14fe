/** The mailbox that has a special use by its name, where no mailbox was given that attribute. */
export interface SpecialUse {
  /** `\\Junk`, `\\Sent`, … (RFC 6154 §2). */
  attribute: string;
  mailbox: string;
}

/** Settings of the mail store. */
export interface StoreSettings {
  /** Last part of the names of new files; '' for the name of this machine. */
  hostname: string;
  /** Hours after which a file in `tmp/` was left by a delivery that died, and is removed. */
  staleHours: number;
  /** Levels a mailbox name may have. */
  maxDepth: number;
  /** Bytes of the file name a mailbox may take on the disk, all its levels together. */
  maxNameBytes: number;
  /** Mailboxes an account may have; creating more fails as if the disk were full. */
  maxMailboxes: number;
  /** Bytes of a user's Sieve script. */
  maxScriptBytes: number;
  /** Scripts an account may have, and octets of all of them together. */
  maxScripts: number;
  maxScriptStorage: number;
  specialUse: SpecialUse[];
}

export const defaultStoreSettings: StoreSettings = {
  hostname: '',
  // The age the Maildir convention gives: nobody writes one message for a day and a half.
  staleHours: 36,
  // Deeper trees are made by loops in scripts and clients, not by people.
  maxDepth: 16,
  // File names end at 255 bytes on the file systems in use.
  maxNameBytes: 250,
  // A mailbox is four folders on the disk; a script that names one after the sender must not use up the inodes.
  maxMailboxes: 5000,
  // Generated scripts with long lists of addresses reach some hundred KiB.
  maxScriptBytes: 1024 * 1024,
  // Some for each season and each experiment; every list of them is read from the folder.
  maxScripts: 64,
  maxScriptStorage: 8 * 1024 * 1024,
  // The names mail programs make when they find none.
  specialUse: ['Archive', 'Drafts', 'Junk', 'Sent', 'Trash'].map((name) => ({
    attribute: `\\${name}`,
    mailbox: name,
  })),
};
