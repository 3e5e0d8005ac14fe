import { z } from 'zod';
import { defaultScriptSettings, type ScriptSettings } from '../../delivery/settings.ts';
import { defaultXmppSettings, type XmppSettings } from '../../delivery/xmpp/settings.ts';
import { defaultSieveLimits, type SieveLimits } from '../../sieve/limits.ts';
import { defaultSieveSettings, type SieveSettings } from '../../sieve/settings.ts';
import { isCalendarName } from '../../store/calendar-file.ts';
import { custom, duration, flag, settings, size, text, texts, whole } from '../settings.ts';

/** What follows from other sections is not set a second time: the separator is the one of policy. */
type Settings = SieveLimits &
  ScriptSettings &
  Omit<SieveSettings, 'subaddress' | 'notify'> & {
    /** The address that XMPP sends from is that of the account. */
    notify: Omit<SieveSettings['notify'], 'xmppFrom'> & { xmpp: XmppSettings };
  };

const { vacation, duplicate, editheader } = defaultSieveSettings;
const { xmppFrom: _, ...defaultNotify } = defaultSieveSettings.notify;
const notify = { ...defaultNotify, xmpp: defaultXmppSettings };

const jid = z
  .string()
  .max(3071)
  .regex(
    /^(?:[^@/\s\p{Cc}]+@[^@/\s\p{Cc}]+(?:\/[^\p{Cc}]+)?)?$/u,
    'this is no address such as tamis@example.org',
  );
const xmppService = z
  .string()
  .max(300)
  .regex(/^(?:xmpps?:\/\/(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?)?$/, 'this is no xmpp://host:port');

const lists = z
  .array(
    z.strictObject({
      name: z.string().min(1).max(1000),
      members: z.array(z.string().max(1000)).max(100_000).default([]),
      file: z.string().max(1000).default(''),
    }),
  )
  .max(1000);

const mediaType = z
  .string()
  .regex(/^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/, 'this is no media type such as image/tiff');
const converters = z
  .array(z.strictObject({ from: mediaType, to: mediaType, program: z.string().min(1).max(255) }))
  .max(1000);

const imapRules = z
  .array(
    z.strictObject({
      mailbox: z.string().min(1).max(250),
      from: z.string().max(250).default(''),
      causes: z.array(z.enum(['APPEND', 'COPY', 'FLAG'])).default([]),
      before: z.array(z.string().min(1).max(240)).max(100).default([]),
      after: z.array(z.string().min(1).max(240)).max(100).default([]),
    }),
  )
  .max(1000);

export const sieveSection = settings<Settings>(
  { ...defaultSieveLimits, ...defaultScriptSettings, vacation, notify, duplicate, editheader },
  {
    before: texts("Folders of scripts that run before each user's own."),
    after: texts('Folders of scripts that run after it, while the mail is still to be kept.'),
    global: text('Folder of the scripts that include :global names; empty: none.'),
    lists: custom(lists, 'External lists: {name, members, file}; a file has one member a line.'),
    zone: text('Time zone of date and currentdate (Europe/Berlin); empty: that of this machine.', 100),
    programs: {
      folder: text('Folder of the programs that scripts may run; empty: none. Nobody else may write to it.'),
      pipe: texts('Files in it that vnd.dovecot.pipe may run.'),
      filter: texts('Those that vnd.dovecot.filter may run.'),
      execute: texts('Those that vnd.dovecot.execute may run.'),
      timeout: duration('s', '1s', '10m', 'Time after which a program is ended'),
      outputBytes: size('1K', '1G', 'Octets a program may write'),
      concurrency: whole(1, 1000, 'Programs running at the same time.'),
    },
    converters: custom(
      converters,
      'Programs of that folder by which convert makes one media type of another: {from, to, program}.',
    ),
    calendars: {
      folder: text('Folder of the calendars, a folder per account in it; empty: none, no processcalendar.'),
      default: custom(
        z.string().refine(isCalendarName, 'this is no name of a folder'),
        'Calendar that new events go to.',
      ),
      maxObjects: whole(1, 10_000_000, 'Events and tasks of an account up to which mail adds more.'),
    },
    snooze: {
      mailbox: text('Mailbox that snoozed messages wait in; empty: none, no snooze.', 200),
      pending: whole(0, 10_000_000, 'Messages that may wait at the same time, over all accounts.'),
    },
    imap: {
      enabled: flag('Whether events of IMAP run scripts (imapsieve).'),
      url: custom(
        z
          .string()
          .max(300)
          .regex(/^(?:sieve:\/\/[\w.:[\]-]+)?$/, 'this is no sieve://host'),
        'The ManageSieve server as clients are told it; empty: the one of this configuration.',
      ),
      folder: text('Folder of the scripts that the rules name; empty: none.'),
      rules: custom(
        imapRules,
        'Scripts of the admin by mailbox: {mailbox, from, causes, before, after}; * and % are wildcards.',
      ),
      expunge: flag('Expunge at once what a script discards, instead of marking it deleted.'),
      messages: whole(1, 1_000_000, 'Messages of one command that scripts run on.'),
      timeout: duration('ms', '100ms', '10m', 'Time the scripts of one command may take'),
    },
    vacation: {
      minPeriod: duration('s', '0s', '30d', 'Least time between two replies to one sender; 0s: no limit'),
      maxPeriod: duration('s', '0s', '3650d', 'Most time a script may ask for; 0s: no limit'),
      defaultPeriod: duration('s', '1s', '3650d', 'Time when the script says nothing'),
      defaultSubject: text('Subject of a reply to a mail that has none.', 200),
      subjectTemplate: text('Subject of other replies; %{subject} stands for that of the mail.', 200),
      sendFromRecipient: flag('Whether replies have an envelope sender, instead of the null one.'),
      useOriginalRecipient: flag("Whether the address of ORCPT is one of the owner's."),
      checkRecipient: flag("Whether an address of the owner's must be in To, Cc or Bcc."),
      toHeaderIgnoreEnvelope: flag('Whether for that the envelope recipient does not count.'),
    },
    notify: {
      mailtoEnvelopeFrom: text(
        'Envelope sender: sender, recipient, orig_recipient, user_email, null, <address>; empty: :from or the owner.',
        320,
      ),
      mailtoRecipients: whole(1, 1000, 'Recipients of one notification by mail.'),
      httpsHosts: texts('Hosts that notifications by https may be sent to.'),
      xmpp: {
        jid: custom(jid, 'Account that notifications by XMPP are sent from; empty: none are.'),
        password: text('Its password.'),
        service: custom(
          xmppService,
          'xmpp://host:port (STARTTLS) or xmpps://host:port; empty: the domain of jid.',
        ),
        allowPlain: flag('Whether the server may be without TLS.'),
      },
    },
    duplicate: {
      defaultPeriod: duration('s', '1s', '3650d', 'Time an id is remembered when the script says nothing'),
      maxPeriod: duration('s', '1s', '3650d', 'Most time a script may ask for'),
    },
    editheader: {
      maxHeaderSize: size('998', '1M', 'Octets of a field that addheader may write'),
      forbidAdd: texts('Fields that scripts cannot add.'),
      forbidDelete: texts('Fields that scripts cannot delete.'),
    },
    scriptBytes: size('1K', '64M', 'Octets of a script'),
    blockDepth: whole(15, 200, 'Blocks within blocks.'),
    testDepth: whole(15, 200, 'Tests within tests.'),
    arguments: whole(10, 10_000, 'Arguments of one command or test.'),
    listItems: whole(10, 1_000_000, 'Strings in one list.'),
    stringLength: whole(1000, 64_000_000, 'Characters of one string.'),
    diagnostics: whole(1, 10_000, 'Errors and warnings reported of one script.'),
    actions: whole(1, 1000, 'Actions of one run.'),
    redirects: whole(0, 1000, 'Redirects of one run.'),
    notifications: whole(0, 1000, 'Notifications of one run.'),
    variables: whole(128, 10_000, 'Variables of a script.'),
    variableName: whole(32, 1000, "Characters of a variable's name."),
    variableBytes: size('4000', '16M', 'Octets of the value of a variable'),
    matchVariables: whole(9, 1000, 'Highest number of a match variable.'),
    regexLength: whole(10, 1_000_000, 'Characters of a regular expression.'),
    regexStates: whole(10, 1_000_000, 'States of a regular expression.'),
    includes: whole(0, 10_000, 'Scripts included in one run.'),
    includeDepth: whole(0, 100, 'Included scripts within included scripts.'),
    debugLines: whole(0, 100_000, 'Lines debug_log writes in one run.'),
    steps: whole(1000, 1_000_000_000, 'Work of one run, in instructions.'),
  },
  'Sieve scripts: those of the admin, what capabilities may do, limits.',
);
