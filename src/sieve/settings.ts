/** How the capabilities behave that leave something to the site. */
export interface SieveSettings {
  vacation: VacationSettings;
  notify: NotifySettings;
  duplicate: DuplicateSettings;
  editheader: EditHeaderSettings;
  subaddress: SubaddressSettings;
}

/** Addresses with a detail (RFC 5233). */
export interface SubaddressSettings {
  /** Characters that begin the detail in a local part; the first that is there does. '' for none. */
  separators: string;
}

/** Automatic replies (RFC 5230, RFC 6131). */
export interface VacationSettings {
  /** Seconds between two replies to one sender: the least and the most a script may ask for (0: no limit). */
  minPeriod: number;
  maxPeriod: number;
  /** When the script says nothing. */
  defaultPeriod: number;
  /** Subject of the reply to a mail that has none. */
  defaultSubject: string;
  /** Subject otherwise; `%{subject}` stands for the mail's. */
  subjectTemplate: string;
  /** Envelope sender of replies: the address they come from, or the null one. */
  sendFromRecipient: boolean;
  /** Whether the address that the mail was first sent to (ORCPT) is the owner's as well. */
  useOriginalRecipient: boolean;
  /** Whether one of the owner's addresses must be in To, Cc or Bcc. */
  checkRecipient: boolean;
  /** For that check only addresses the owner or the site has listed count, not the envelope recipient. */
  toHeaderIgnoreEnvelope: boolean;
}

/** Notifications (RFC 5435). */
export interface NotifySettings {
  /**
   * Envelope sender of notifications by mail: `sender` (of the mail that caused it), `recipient`, `orig_recipient`,
   * `user_email`, `postmaster`, `null`, `<address>`; '' for what RFC 5436 §2.7 says: `:from`, else the owner.
   */
  mailtoEnvelopeFrom: string;
  /** Recipients of one notification by mail. */
  mailtoRecipients: number;
  /** Whether the host can send by XMPP; the address it sends from. '' for not. */
  xmppFrom: string;
  /** Hosts that https notifications may be sent to, as `host` or `host:port`; none: the method is off. */
  httpsHosts: readonly string[];
}

/** Detecting duplicates (RFC 7352). */
export interface DuplicateSettings {
  /** Seconds an id is remembered when the script says nothing, and the most it may ask for. */
  defaultPeriod: number;
  maxPeriod: number;
}

/** Changing header fields (RFC 5293 §6). */
export interface EditHeaderSettings {
  /** Octets of a value that addheader may write; below 998 it counts as 998 (RFC 5293 §4). */
  maxHeaderSize: number;
  /** Fields that scripts cannot add, in any case. Subject among them has no effect (RFC 5293 §6). */
  forbidAdd: readonly string[];
  /** Fields that scripts cannot delete, beside those that never can (Received, Auto-Submitted, Original-*). */
  forbidDelete: readonly string[];
}

const DAY = 86_400;

export const defaultSieveSettings: SieveSettings = {
  vacation: {
    // Replies go to whoever the sender claims to be: more than a few an hour would be a weapon (RFC 6131 §2).
    minPeriod: 600,
    // RFC 5230 §4.1 asks for at least 30 days.
    maxPeriod: 90 * DAY,
    // RFC 5230 §4.1 suggests 7 days.
    defaultPeriod: 7 * DAY,
    defaultSubject: 'Automated reply',
    // RFC 5230 §5.3.
    subjectTemplate: 'Auto: %{subject}',
    // RFC 3834 §3.3: the null address, so that no reply is answered by a bounce.
    sendFromRecipient: false,
    // ORCPT is the sender's word; an alias of another system that forwards here needs it.
    useOriginalRecipient: false,
    checkRecipient: true,
    toHeaderIgnoreEnvelope: false,
  },
  notify: {
    // Of mail with the null sender it is the null one all the same, so that bounces end.
    mailtoEnvelopeFrom: '',
    // A team on call, not a mailing list.
    mailtoRecipients: 8,
    xmppFrom: '',
    // A script must not make the server talk to hosts of its network (requests forged from inside).
    httpsHosts: [],
  },
  duplicate: {
    // RFC 7352 §3.3: long enough for mail that comes twice by ways of different speed.
    defaultPeriod: 7 * DAY,
    // Bounds what is remembered.
    maxPeriod: 90 * DAY,
  },
  editheader: {
    // Pigeonhole's. Some 25 lines: room for what a program made, not for a message of its own.
    maxHeaderSize: 2048,
    forbidAdd: [],
    // The mark of a redirect: without it a mail may go round until it has too many Received fields.
    forbidDelete: ['X-Tamis-Redirected'],
  },
  // What Postfix, Cyrus and most providers document; should be that of the accounts.
  subaddress: { separators: '+' },
};

/** The settings with defaults for those that are not given. */
export function completeSettings(
  settings?: {
    readonly [K in keyof SieveSettings]?: Partial<SieveSettings[K]>;
  },
): SieveSettings {
  if (settings === undefined) return defaultSieveSettings;
  return {
    vacation: { ...defaultSieveSettings.vacation, ...settings.vacation },
    notify: { ...defaultSieveSettings.notify, ...settings.notify },
    duplicate: { ...defaultSieveSettings.duplicate, ...settings.duplicate },
    editheader: { ...defaultSieveSettings.editheader, ...settings.editheader },
    subaddress: { ...defaultSieveSettings.subaddress, ...settings.subaddress },
  };
}
