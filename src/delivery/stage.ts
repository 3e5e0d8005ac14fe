import { createHash } from 'node:crypto';
import type { Log } from '../log.ts';
import type { CalendarChange } from '../sieve/calendar/types.ts';
import type { GeneratedMail } from '../sieve/compose/mail.ts';
import type { Remembered } from '../sieve/remember.ts';
import type { AccountCalendars } from '../store/calendars.ts';
import { type AccountStore, type Delivered, type Staged, StoreError } from '../store/types.ts';
import type { Memory } from './memory.ts';
import { type FilePlan, INBOX, type MailPlan, type RedirectPlan } from './plan.ts';
import { type PreparedMessage, REDIRECT_MARK } from './prepared.ts';
import type { DeliverySettings } from './settings.ts';
import type { SnoozeSettings } from './snooze/settings.ts';
import type { Snoozed } from './snooze/snoozed.ts';
import type { Srs } from './srs.ts';
import type { Outbound, ReceivedResults } from './types.ts';

/** What the parts of a plan are staged with: one message for one recipient. */
export interface StageContext {
  /** Id of the message, for the log. */
  id: string;
  account: string;
  /** The address it came to, and the one it came from. */
  recipient: string;
  sender: string;
  prepared: PreparedMessage;
  /** The messages the scripts made of it. */
  versions: readonly { readonly pieces: readonly Uint8Array[] }[];
  store: AccountStore;
  calendars: AccountCalendars | undefined;
  outbound: Outbound;
  memory: Memory | undefined;
  srs: Srs | undefined;
  /** What verifying the message gave. */
  received: ReceivedResults | undefined;
  /** Whether the address is in a domain of ours. */
  isOurs(address: string): boolean;
  /** Absent: nothing can be put away. */
  snooze: SnoozeContext | undefined;
  /** Mailbox of the implicit keep. */
  home: string;
  settings: Pick<DeliverySettings, 'redirectSender' | 'autocreate'>;
  now: () => number;
  log: Log;
}

/** What messages are put away with. */
export interface SnoozeContext {
  snoozed: Snoozed;
  settings: SnoozeSettings;
  /** IANA name of the time zone where the script names none. */
  zone: string;
}

const NOTHING: Staged<undefined> = { commit: async () => undefined, abort: async () => true };

/**
 * A mailbox that cannot be there is replaced by the one of the implicit keep, and that by the inbox; the copy of a mail
 * that the script sends is left out.
 */
export async function stageFile(
  file: FilePlan,
  context: StageContext,
): Promise<Staged<Delivered | undefined>> {
  const { store, home, log } = context;
  try {
    const { flags, create, specialUse } = file;
    return await store.stage(file.mailbox, filedPieces(file, context), { flags, create, specialUse });
  } catch (error) {
    const impossible = error instanceof StoreError && ['not-found', 'invalid-name'].includes(error.reason);
    if (!impossible || file.mailbox === INBOX) throw error;
    if (file.mail !== undefined) {
      log.warn({ mailbox: file.mailbox, err: error }, 'no such mailbox, no copy of what was sent is kept');
      return NOTHING;
    }
    const mailbox = file.mailbox === home ? INBOX : home;
    log.warn({ mailbox: file.mailbox, instead: mailbox, err: error }, 'no such mailbox, the mail is kept');
    return stageFile({ ...file, mailbox, create: true }, context);
  }
}

export function filedPieces({ mail, version }: FilePlan, context: StageContext): readonly Uint8Array[] {
  // A mail that the script sends was not delivered to anybody (RFC 8580 §3).
  if (mail !== undefined) return [mail];
  const { prepared, sender, recipient } = context;
  const fields = prepared.fields(
    ['Return-Path', `<${fieldText(sender)}>`],
    ['Delivered-To', fieldText(recipient)],
  );
  return [fields, ...piecesOf(version, context)];
}

const piecesOf = (version: number | undefined, context: StageContext): readonly Uint8Array[] =>
  (version === undefined ? undefined : context.versions[version])?.pieces ?? context.prepared.pieces;

export function stageRedirect(redirect: RedirectPlan, context: StageContext): Promise<Staged<string>> {
  const { account, prepared, now } = context;
  const { address, notify, ret, deliverBy, version } = redirect;
  // A script may have taken the marks of others out of its message: they would redirect it again, and so on for ever.
  const carried = version === undefined ? [] : [...prepared.marks].filter((mark) => MARK.test(mark));
  const marks = [markOf(account), ...carried];
  const limit = deliverBy?.limit;
  const deadline =
    limit instanceof Date ? limit.getTime() : limit === undefined ? undefined : now() + limit * 1000;
  return context.outbound.stage({
    cause: context.id,
    sender: redirectSender(context),
    recipients: [address],
    pieces: [
      prepared.fields(...marks.map((mark) => [REDIRECT_MARK, mark] as const)),
      ...piecesOf(version, context),
    ],
    kind: 'redirect',
    ...(context.received === undefined ? {} : { received: context.received }),
    ...(notify === undefined && ret === undefined ? {} : { dsn: { notify, ret } }),
    // A mail that is to be told of when it is late still goes out (RFC 2852 §4.1.2).
    ...(deadline === undefined || deliverBy?.mode === 'notify' ? {} : { deadline }),
  });
}

/** A null sender stays one: its mail must not come back (RFC 5321 §4.5.5). */
function redirectSender(context: StageContext): string {
  const { account, sender, settings, srs } = context;
  if (sender === '') return '';
  // `postmaster` alone has no domain, and means nothing elsewhere (RFC 5321 §4.1.1.3).
  const recipient = context.recipient.includes('@') ? context.recipient : account;
  if (settings.redirectSender === 'recipient') return recipient;
  // SPF of our own domains names us already.
  if (settings.redirectSender === 'original' || srs === undefined || context.isOurs(sender)) return sender;
  return srs.forward(sender, recipient.slice(recipient.lastIndexOf('@') + 1));
}

/** What becomes of a meeting (RFC 9671 §4). */
export function stageCalendar(change: CalendarChange, { calendars }: StageContext): Promise<Staged<string>> {
  // Scripts cannot require what needs them.
  if (calendars === undefined) throw new Error('there are no calendars');
  return calendars.stage(change);
}

/** A mail of the script's own: a reply, a notification. */
export function stageMail({ mail, kind }: MailPlan, context: StageContext): Promise<Staged<string>> {
  const { sender, recipients, raw }: GeneratedMail = mail;
  const { account, id, outbound } = context;
  return outbound.stage({ cause: id, sender, recipients, pieces: [raw], kind, account });
}

/**
 * Replies are remembered before they are sent: when we are killed between the two, one is missing, which is better than
 * one too many (RFC 3834 §2).
 */
export function stageMemory(items: readonly Remembered[], context: StageContext): Staged<void> {
  const { account, memory, log } = context;
  return {
    commit: async () => memory?.remember(account, items),
    abort: async () => {
      try {
        await memory?.forget(account, items);
        return true;
      } catch (error) {
        log.warn({ err: error }, 'what was remembered of a mail that failed cannot be forgotten');
        return false;
      }
    },
  };
}

/** What {@link markOf} gives. */
const MARK = /^[\w-]{22}$/;

/** Says nothing of the account to who reads the field, and fits into one line. */
export function markOf(account: string): string {
  return createHash('sha256').update(`tamis redirect ${account}`).digest('base64url').slice(0, 22);
}

/** An address for a header field: nothing that could end the line. */
const fieldText = (address: string): string => address.replace(/[\x00-\x1f\x7f<>]/g, '?');
