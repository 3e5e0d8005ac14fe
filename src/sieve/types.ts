import type { Envelope } from '../message/envelope.ts';
import type { Message } from '../message/types.ts';
import type { CalendarChange, CalendarOutcome } from './calendar/types.ts';
import type { GeneratedMail } from './compose/mail.ts';
import type { SieveLimits } from './limits.ts';
import type { Payload } from './notify/types.ts';
import type { Remembered } from './remember.ts';
import type { SieveSettings } from './settings.ts';
import type { RunEnd } from './state.ts';
import type { Bench } from './testsuite/bench.ts';

/** A fault in a script: `name: line N: error: text`. Lines and columns count from 1; the column in characters. */
export interface SieveDiagnostic {
  severity: 'error' | 'warning';
  line: number;
  column: number;
  text: string;
  /** The included script it is in, when that is not the one that was compiled. */
  script?: string;
}

/** A compiled script; immutable, may be run any number of times at once. */
export interface Script {
  readonly name: string;
  readonly requires: readonly string[];
}

export interface CompileOptions {
  /** Stands in front of messages about the script. */
  name?: string;
  /** Those that are not given are the defaults. */
  limits?: Partial<SieveLimits>;
  /** The capabilities `require` may name; all that are registered when absent. */
  capabilities?: readonly string[];
  /** Capabilities that are known but cannot be used here, with the reason that the user is told. */
  refused?: ReadonlyMap<string, string>;
  /** With them, what a script says beyond them is found when it is compiled; without them, when it runs. */
  settings?: RunOptions['settings'];
  /** Capabilities that need something of the host which it has: see `Extension.needs`. */
  available?: readonly string[];
  /**
   * The scripts that may be included; undefined for one that is not there. Then they are compiled with the script, and
   * their errors are its own. When absent, each run asks for them.
   */
  include?(location: IncludeLocation, name: string): string | Uint8Array | undefined;
}

/** Whose script is included: the user's own, or one of the site (RFC 6609 §3.2). */
export type IncludeLocation = 'personal' | 'global';

export interface CompileResult {
  /** Undefined when there is an error. */
  script?: Script;
  /** In the order of the script. */
  diagnostics: SieveDiagnostic[];
}

/** Where a message is to be filed. A mailbox that is not there is the host's business, but for what is said here. */
export interface MailboxTarget {
  mailbox: string;
  /** Make the mailbox when it is not there (RFC 5490 §3.2). */
  create?: boolean;
  /** Take the mailbox with this MAILBOXID if there is one, `mailbox` otherwise (RFC 9042 §4). */
  mailboxId?: string;
  /** Take the mailbox with this special-use attribute if there is one, `mailbox` otherwise (RFC 8579 §4). */
  specialUse?: string;
}

/** Where the copy of a message that a script sends is to be filed (RFC 8580 §3). */
export interface Fcc extends MailboxTarget {
  flags?: string[];
}

/** What the next server is asked for (RFC 3461, RFC 2852). */
export interface RedirectOptions {
  /** `NEVER`, or some of `SUCCESS`, `FAILURE` and `DELAY` with commas between (RFC 6009). */
  notify?: string;
  ret?: 'FULL' | 'HDRS';
  deliverBy?: RedirectDeliverBy;
}

/** Until when a redirected message is to be delivered (RFC 6009, RFC 2852). */
export interface RedirectDeliverBy {
  /** Seconds from now on, or the time. */
  limit: number | Date;
  mode: 'notify' | 'return';
  trace: boolean;
}

/** When a snoozed message comes back. */
export interface SnoozeAction extends Partial<MailboxTarget>, WithMessage {
  type: 'snooze';
  line: number;
  /** `hh:mm:ss`, in order, at least one. */
  times: string[];
  /** Days of the week, 0 is Sunday; in order, at least one. */
  weekdays: number[];
  /** IANA name of the time zone; absent: the account's own. */
  zone?: string;
  /** Of the message when it is put away. */
  flags?: string[];
  /** Set and cleared when it comes back. */
  addFlags: string[];
  removeFlags: string[];
}

/** An action that is done with the message as the script has made it. */
export interface WithMessage {
  /** Index in {@link RunOutcome.versions}; absent: with the message that came. */
  version?: number;
}

/** What a script decided, in order. `line` is where in the script; 0 for the implicit keep. */
export type Action =
  | ({ type: 'keep'; line: number; implicit: boolean; flags?: string[] } & WithMessage)
  | ({ type: 'fileinto'; line: number; flags?: string[] } & MailboxTarget & WithMessage)
  /** With `list`, the address is a member of that external list (RFC 6134 §2.3). */
  | ({ type: 'redirect'; line: number; address: string; list?: string } & RedirectOptions & WithMessage)
  | SnoozeAction
  | { type: 'discard'; line: number }
  | { type: 'reject'; line: number; reason: string; kind: 'reject' | 'ereject' }
  | VacationAction
  | NotifyAction
  | CalendarAction
  | PipeAction
  | ReportAction;

/** The message is handed to a program that the admin listed (`vnd.dovecot.pipe`). */
export interface PipeAction extends WithMessage {
  type: 'pipe';
  line: number;
  program: string;
  arguments: readonly string[];
  /** When the program fails, the message is kept, but that is no error. Without it the whole script has failed. */
  try: boolean;
  /** It stands beside the implicit keep (`:copy`). */
  copy: boolean;
}

/** A report of abuse (RFC 5965, `vnd.dovecot.report`): the finished mail, or why none is sent. */
export interface ReportAction {
  type: 'report';
  line: number;
  feedbackType: string;
  recipient: string;
  mail?: GeneratedMail;
  /** Why there is no report, for the log. */
  suppressed?: string;
}

/** What a mail does to the calendars of the user (RFC 9671). */
export interface CalendarAction {
  type: 'processcalendar';
  line: number;
  outcome: CalendarOutcome;
  /** Why nothing is done, '' otherwise. */
  reason: string;
  change?: CalendarChange;
}

/** A notification (RFC 5435): what is to be sent, or why nothing is. */
export interface NotifyAction {
  type: 'notify';
  line: number;
  /** The URI. */
  method: string;
  payload?: Payload;
  /** Why nothing is sent, for the log. */
  suppressed?: string;
  /** Where a copy is filed, when a mail is sent. */
  fcc?: Fcc;
}

/** A reply to the sender (RFC 5230): the finished mail, or why none is sent. */
export interface VacationAction {
  type: 'vacation';
  line: number;
  mail?: GeneratedMail;
  /** Why there is no reply, for the log. */
  suppressed?: string;
  /** Where a copy of the reply is filed, when one is sent. */
  fcc?: Fcc;
}

/** What the runtime needs to know of the world: it asks, the host answers (RFC 5490 mailboxexists, duplicate, …). */
export type Question =
  /** Whether it is there, and the owner of the script may file into it (RFC 5490 §3.1). */
  | { ask: 'mailbox-exists'; mailbox: string }
  /** RFC 9042: whether it is there, and the owner of the script may file into it. */
  | { ask: 'mailbox-id-exists'; id: string }
  /** Whether the mailbox, or any mailbox of the user, has the special-use attribute (RFC 8579 §3). */
  | { ask: 'special-use-exists'; use: string; mailbox?: string }
  /** The value of an annotation of a mailbox or of the server (RFC 5490 §4); undefined when it has none. */
  | { ask: 'metadata'; mailbox: string; annotation: string }
  | { ask: 'server-metadata'; annotation: string }
  /** The result of compiling a script that is included (RFC 6609 §3.2); undefined when it is not there. */
  | { ask: 'include'; location: IncludeLocation; name: string }
  /** A new Message-ID without angle brackets; undefined lets the run make one of its input. */
  | { ask: 'message-id' }
  /** Whether this was remembered within so many seconds (RFC 5230 §4.2, RFC 7352 §3); see {@link Remembered}. */
  | { ask: 'vacation-sent' | 'duplicate-seen'; key: string; seconds: number }
  /** The iCalendar object with that UID in any calendar of the user; undefined: there is none; false: nor room for it. */
  | { ask: 'calendar-find'; uid: string }
  /** Whether somebody can be reached now by this URI: `yes` or `no` (RFC 5435 §5); undefined when it is not known. */
  | { ask: 'notify-online'; uri: string }
  /** Whether an external list (a URI, or a name of the site's) holds the value; undefined when it is not known. */
  | { ask: 'list-contains'; list: string; value: string }
  | { ask: 'list-known'; list: string }
  /** The addresses in it that mail may be sent to, as strings; undefined when it is not known, or not for that. */
  | { ask: 'list-members'; list: string }
  /**
   * How likely the message is spam: 0 to 100 with `percent`, 0 to 10 without (RFC 5235 §3.2), as a number, or a string
   * that begins with it and a space. Undefined when it was not tested. `spamStatus` makes it of a filter's score.
   */
  | { ask: 'spam-status'; percent: boolean }
  /** 0 to 5 (RFC 5235 §3.3), in the same forms. */
  | { ask: 'virus-status' }
  /**
   * Converts the content of a part from one media type to another; undefined when that cannot be (RFC 6558 §2). Text
   * is UTF-8 both ways. `parameters` are `name=value`.
   */
  | { ask: 'convert'; from: string; to: string; parameters: readonly string[]; content: Uint8Array }
  /** Whether the admin listed a program for that command. */
  | { ask: 'program-known'; command: 'pipe' | 'filter' | 'execute'; program: string }
  /**
   * Runs a program of the list for that command, and gives what it wrote to its standard output; undefined when it
   * failed, ended with another code than 0, or reached a limit.
   */
  | {
      ask: 'run-program';
      command: 'filter' | 'execute';
      program: string;
      arguments: readonly string[];
      input: readonly Uint8Array[];
    }
  /** Of a script of tests: something its bench does. */
  | { ask: 'testsuite'; perform: (bench: Bench) => Promise<boolean> | boolean };
export type Answer = boolean | number | string | Uint8Array | readonly string[] | CompileResult | undefined;

export interface RunInput {
  message: Message;
  envelope: Envelope;
  /** The one recipient this run is for. */
  recipient: string;
  /** Time of the run; 1970 when absent. */
  now?: Date;
  /** More addresses of the owner of the script: aliases by configuration (RFC 5230 §4.5). */
  addresses?: readonly string[];
  /** What is known of where the script runs. */
  environment?: RunEnvironment;
  /** IANA name of the time zone that counts as the local one (RFC 5260 §4); UTC when absent. */
  zone?: string;
  /** What MAIL said by BY= (RFC 2852). */
  deliverBy?: DeliverBy;
  /** The event of IMAP that runs the script (RFC 6785), for scripts that are compiled with `imapsieve` available. */
  imap?: ImapEvent;
}

/** What `environment` tells scripts (RFC 5183 §4.1); what is absent is not known. */
export interface RunEnvironment {
  /** The domain the host is in, and its own name. */
  domain?: string;
  host?: string;
  /** Where the script runs: in an MTA, a delivery agent, a mail client or a mail store; and when: before, during or after delivery. */
  location?: 'MTA' | 'MDA' | 'MUA' | 'MS';
  phase?: 'pre' | 'during' | 'post';
  /** Of the software. */
  name?: string;
  version?: string;
  /** For `vnd.dovecot.environment`: the owner of the script, the mailbox of keep, and what the admin has set. */
  username?: string;
  defaultMailbox?: string;
  config?: Readonly<Record<string, string>>;
}

/** The parameter BY of MAIL (RFC 2852 §4). */
export interface DeliverBy {
  /** Time that was left when the message came; may be negative. */
  seconds: number;
  mode: 'notify' | 'return';
  trace: boolean;
  /** When the message came. */
  received: Date;
}

/**
 * What happened to a message in a mailbox (RFC 6785). The actions of the script are about that message: `keep` leaves it
 * where it is, with the flags it then has; what cancels the implicit keep (`fileinto`, `redirect`, `discard`) marks it
 * `\\Deleted`, `fileinto` after copying it. A message that is there already cannot be refused or answered.
 */
export interface ImapEvent {
  cause: 'APPEND' | 'COPY' | 'FLAG';
  /** The mailbox the message is in after the event. */
  mailbox: string;
  /** Authorization identity of the session, and the user's address. */
  user: string;
  email: string;
  /** The flags that were set or cleared; for other causes empty. */
  changedFlags: readonly string[];
  /** The flags the message has now. */
  flags: readonly string[];
}

export interface RunOptions {
  /** Those that are not given are the defaults. */
  limits?: Partial<SieveLimits>;
  settings?: { readonly [K in keyof SieveSettings]?: Partial<SieveSettings[K]> };
  /** Fills {@link RunOutcome.trace}. */
  trace?: boolean;
  /**
   * Where a script before this one ended ({@link RunOutcome.end}): the message as it left it, flags and actions carry
   * over, and the actions of this outcome are those of both.
   */
  after?: RunEnd;
}

/** One line of `tamis sieve run --trace`. */
export interface TraceLine {
  line: number;
  text: string;
  /** Of a test: its outcome, which also ends the text. */
  truth?: boolean;
}

export interface RunOutcome {
  /** With the implicit keep when nothing cancelled it (RFC 5228 §2.10.2). */
  actions: Action[];
  /** The messages that scripts have made of the one that came, each as pieces to be written one after another. */
  versions: readonly { readonly pieces: readonly Uint8Array[] }[];
  /** Set when the script failed at run time; `actions` then is the implicit keep, after what must not be undone. */
  error?: SieveDiagnostic;
  /** Empty unless it was asked for. */
  trace: TraceLine[];
  /** What `debug_log` has written: for a log of the user's own. Absent when nothing. */
  debug?: readonly TraceLine[];
  /** To be remembered when the actions are done; none of a script that failed. */
  remember: readonly Remembered[];
  /** The implicit keep is among the actions: another script may take its place, see {@link RunOptions.after}. */
  implicitKeep: boolean;
  /** For the next script. Of a script that failed: as if it had not run. */
  end: RunEnd;
}
