import { type CalendarSettings, defaultCalendarSettings } from '../store/calendar-settings.ts';
import { defaultImapEventSettings, type ImapEventSettings } from './imap-events/settings.ts';
import { type Converter, defaultProgramSettings, type ProgramSettings } from './program-settings.ts';
import { defaultSnoozeSettings, type SnoozeSettings } from './snooze/settings.ts';

/** How mail leaves that Tamis itself sends: redirects and bounces. */
export interface OutboundSettings {
  /** Where it waits; '' for `spool` in the data folder. Processes that share a data folder need one each. */
  folder: string;
  /** `host:port` of a server that takes all of it (a smarthost); '' to look for each domain's own by MX. */
  relay: string;
  /** TLS to the relay. `opportunistic`: when it offers STARTTLS, certificate unchecked. `required`: checked. */
  relayTls: 'opportunistic' | 'required' | 'none';
  /** Login at the relay; '' for none. */
  relayUser: string;
  relayPassword: string;
  /** Port of the servers found by MX. */
  port: number;
  /** Whether a server found by MX may be at a loopback, link-local or unspecified address. */
  allowLoopback: boolean;
  /** Mails being sent at the same time, and of them to one destination (a domain, the relay, ourselves). */
  concurrency: number;
  perDestination: number;
  /** Servers tried for a mail in one attempt. */
  hosts: number;
  /** Seconds until the second attempt; each next wait is twice as long, up to `maxRetry`. */
  firstRetry: number;
  maxRetry: number;
  /** Seconds after which a mail that could not be sent goes back to its sender. */
  lifetime: number;
  /** Seconds to connect, and to wait for an answer. */
  connectTimeout: number;
  responseTimeout: number;
  /** Days a bounce that could not be sent is kept in `dead/`. */
  deadDays: number;
}

/** A list that scripts name (RFC 6134). */
export interface ExternalList {
  /** The URI, or `:addrbook:default`-like name, by which scripts call it. */
  name: string;
  /** Its members; addresses are compared without regard to case. */
  members: string[];
  /** File with one member a line, read again when it has changed; '' for none. `#` begins a comment. */
  file: string;
}

/** The scripts of the admin, and what he gives all scripts. */
export interface ScriptSettings {
  /** Folders whose scripts run before each user's own, and after it; in each by the order of their names. */
  before: string[];
  after: string[];
  /** Folder of the scripts that `include :global` names; '' for none. */
  global: string;
  lists: ExternalList[];
  /** IANA name of the time zone that `date` and `currentdate` take for the local one; '' for that of this machine. */
  zone: string;
  programs: ProgramSettings;
  /** Programs that convert parts of messages, beside what is built in. */
  converters: Converter[];
  /** Where invitations go; scripts can require `processcalendar` when there is such a place. */
  calendars: CalendarSettings;
  snooze: SnoozeSettings;
  /** Scripts on events of IMAP. */
  imap: ImapEventSettings;
}

export const defaultScriptSettings: ScriptSettings = {
  before: [],
  after: [],
  global: '',
  lists: [],
  zone: '',
  programs: defaultProgramSettings,
  // HTML to text and other charsets need no program; what reads pictures is the admin's choice.
  converters: [],
  calendars: defaultCalendarSettings,
  snooze: defaultSnoozeSettings,
  imap: defaultImapEventSettings,
};

/** Settings of local delivery. */
export interface DeliverySettings {
  /** Mailbox for spam; '' files it like everything else. */
  junk: string;
  /** Whether `fileinto` creates a mailbox that is not there; otherwise the mail is kept in the inbox. */
  autocreate: boolean;
  /**
   * Envelope sender of a redirected mail: the one it came with, the address that redirects, or an address of ours from
   * which the one it came with can be read again (SRS).
   */
  redirectSender: 'original' | 'recipient' | 'srs';
  /** Received fields from which a mail is not redirected any more, and not taken to be sent on. */
  maxReceived: number;
  /** Mail for somebody whose quota is full: it is to be tried again (452), or refused for good (552). */
  overQuota: 'defer' | 'reject';
  /** Recipients of one message that are delivered to at the same time. */
  concurrency: number;
  outbound: OutboundSettings;
}

export const defaultOutboundSettings: OutboundSettings = {
  folder: '',
  relay: '',
  relayTls: 'opportunistic',
  relayUser: '',
  relayPassword: '',
  port: 25,
  // A domain whose MX is 127.0.0.1 would make us talk to our own services as a trusted client.
  allowLoopback: false,
  concurrency: 20,
  // Large providers refuse more connections at once from one address.
  perDestination: 5,
  // RFC 5321 §5.1 asks for at least two.
  hosts: 5,
  // Greylisting ends after some minutes; RFC 5321 §4.5.4.1 wants the later waits to be at least 30 minutes.
  firstRetry: 300,
  maxRetry: 4 * 3600,
  // RFC 5321 §4.5.4.1: at least 4 to 5 days.
  lifetime: 5 * 86_400,
  connectTimeout: 30,
  // RFC 5321 §4.5.3.2 gives the answer to the final dot 10 minutes: a shorter wait makes doubles.
  responseTimeout: 600,
  // Long enough for a postmaster to look into it after his holidays.
  deadDays: 30,
};

export const defaultDeliverySettings: DeliverySettings = {
  // The name of RFC 6154 §2 that mail programs know.
  junk: 'Junk',
  // Users write scripts before they make folders.
  autocreate: true,
  // SPF of the original sender's domain does not name us: with it the mail would be refused or end in Junk.
  redirectSender: 'recipient',
  // RFC 5321 §6.3: at least 100.
  maxReceived: 100,
  // People make room when they are told; the sender's server tries for days.
  overQuota: 'defer',
  // Writing is waiting for fsync: some at once share it.
  concurrency: 8,
  outbound: defaultOutboundSettings,
};
