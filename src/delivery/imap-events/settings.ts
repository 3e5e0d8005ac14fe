import type { ImapEvent } from '../../sieve/types.ts';

/** Scripts of the admin for what happens in some mailboxes. */
export interface ImapEventRule {
  /** Name of the mailbox in its owner's account; `*` stands for anything, `%` for anything within a level. */
  mailbox: string;
  /** The same for the mailbox that messages were copied or moved from; '' for anything, also for none. */
  from: string;
  /** Events that run the scripts; none named: all. */
  causes: ImapEvent['cause'][];
  /** Names of scripts in `folder` that run before the user's own, and after it while the message is still to be kept. */
  before: string[];
  after: string[];
}

/** Scripts on events of IMAP (RFC 6785). */
export interface ImapEventSettings {
  enabled: boolean;
  /** `sieve://host` of the ManageSieve server, as clients are told it; '' for the one of this configuration. */
  url: string;
  /** Folder of the scripts of the rules; '' for none. */
  folder: string;
  rules: ImapEventRule[];
  /** Whether what a script discards is expunged at once, and not only marked \Deleted. */
  expunge: boolean;
  /** Messages of one command that scripts run on. */
  messages: number;
  /** Milliseconds that the scripts of one command may take. */
  timeout: number;
}

export const defaultImapEventSettings: ImapEventSettings = {
  // Without a script it costs a look at an annotation.
  enabled: true,
  url: '',
  folder: '',
  rules: [],
  // A user who looks at his Junk has the message still; his program expunges it.
  expunge: false,
  // A mailbox that is sorted by hand; a script is no way to go through an archive.
  messages: 1000,
  // The client waits meanwhile, and gives up after some thirty seconds.
  timeout: 10_000,
};
