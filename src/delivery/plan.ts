import type { CalendarChange } from '../sieve/calendar/types.ts';
import type { GeneratedMail } from '../sieve/compose/mail.ts';
import type { Payload } from '../sieve/notify/types.ts';
import type { Action, Fcc, RedirectOptions, SnoozeAction } from '../sieve/types.ts';
import type { OutboundMail } from './types.ts';

/** A copy of the message, or of a mail the script sends, for one mailbox. */
export interface FilePlan {
  mailbox: string;
  flags: readonly string[];
  /** What the mailbox is when it is missing: made, or replaced by `home`. */
  create: boolean;
  /** Attribute that the mailbox gets when it is made. */
  specialUse?: string;
  /** Which of the messages the scripts made (index); undefined: the one that came. */
  version?: number;
  /** Of a mail that the script sends: its bytes, in the place of the message. */
  mail?: Uint8Array;
}

export interface RedirectPlan extends RedirectOptions {
  address: string;
  version?: number;
}

/** A mail that the script sends. */
export interface MailPlan {
  mail: GeneratedMail;
  kind: OutboundMail['kind'];
}

/** A notification by XMPP or https. */
export type OtherNotification = Exclude<Payload, { kind: 'mail' }>;

/** What is to be done for one recipient. All of it, or nothing. */
export interface Plan {
  files: FilePlan[];
  redirects: RedirectPlan[];
  mails: MailPlan[];
  /** Filed later. */
  snooze?: SnoozeAction;
  /** What becomes of a meeting. */
  calendar?: CalendarChange;
  /** Notifications that do not go by mail. */
  notifications: OtherNotification[];
  /** The text of a refusal; then the message is not delivered (RFC 5429 §2). */
  reject?: string;
}

export interface PlanOptions {
  /** Mailbox of the implicit keep. */
  home: string;
  autocreate: boolean;
  /** Why the mail must not be redirected there; it is kept instead. */
  redirectFault(address: string): string | undefined;
  report(fault: string): void;
}

export const INBOX = 'INBOX';

/**
 * Turns the actions of a script into what is to be done; mailboxes stand under their names (see targets.ts). The
 * implicit keep is the filter's opinion, so spam goes to Junk; `keep` is the user's word, so it means the inbox
 * (RFC 5228 §4.3), as `fileinto` means its mailbox.
 */
export function plan(actions: readonly Action[], options: PlanOptions): Plan {
  const files = new Map<string, FilePlan>();
  const todo: Omit<Plan, 'files'> = { redirects: [], mails: [], notifications: [] };
  const copies: FilePlan[] = [];
  const file = (place: FilePlan): void => {
    const mailbox = place.mailbox.toUpperCase() === INBOX ? INBOX : place.mailbox;
    const known = files.get(mailbox);
    // RFC 5228 §2.10.3: one copy a mailbox; what was said of its flags adds up.
    if (known === undefined) files.set(mailbox, { ...place, mailbox });
    else {
      const flags = [...new Set([...known.flags, ...place.flags])];
      files.set(mailbox, { ...known, flags, create: known.create || place.create });
    }
  };
  const send = (mail: GeneratedMail, kind: MailPlan['kind'], fcc: Fcc | undefined): void => {
    todo.mails.push({ mail, kind });
    // RFC 8580 §3.
    if (fcc !== undefined) copies.push({ ...filePlan(fcc, options.autocreate), mail: mail.raw });
  };
  for (const action of actions) {
    switch (action.type) {
      case 'keep':
        file({
          mailbox: action.implicit ? options.home : INBOX,
          flags: action.flags ?? [],
          create: true,
          ...versionOf(action),
        });
        break;
      case 'fileinto':
        file({ ...filePlan(action, options.autocreate), ...versionOf(action) });
        break;
      case 'redirect': {
        const fault = options.redirectFault(action.address);
        if (fault === undefined) {
          const { address, notify, ret, deliverBy } = action;
          if (todo.redirects.every((other) => other.address !== address))
            todo.redirects.push({ address, notify, ret, deliverBy, ...versionOf(action) });
          break;
        }
        options.report(fault);
        file({ mailbox: options.home, flags: [], create: true, ...versionOf(action) });
        break;
      }
      case 'vacation':
        if (action.mail !== undefined) send(action.mail, 'vacation', action.fcc);
        break;
      case 'notify': {
        const { payload } = action;
        if (payload?.kind === 'mail') send(payload.mail, 'notify', action.fcc);
        else if (payload !== undefined) todo.notifications.push(payload);
        break;
      }
      case 'report':
        if (action.mail !== undefined) send(action.mail, 'report', undefined);
        break;
      case 'reject':
        todo.reject = action.reason;
        break;
      case 'snooze':
        todo.snooze = action;
        break;
      case 'pipe':
        // Done already: see pipe.ts.
        break;
      case 'processcalendar':
        if (action.change !== undefined) todo.calendar = action.change;
        break;
      case 'discard':
        break;
    }
  }
  return { files: [...files.values(), ...copies], ...todo };
}

function filePlan({ mailbox, flags, create, specialUse }: Fcc, autocreate: boolean): FilePlan {
  return {
    mailbox,
    flags: flags ?? [],
    create: autocreate || create === true,
    ...(specialUse === undefined ? {} : { specialUse }),
  };
}

const versionOf = ({ version }: { version?: number }): { version?: number } =>
  version === undefined ? {} : { version };
