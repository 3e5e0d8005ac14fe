import { defaultDeliverySettings, type DeliverySettings } from '../../delivery/settings.ts';
import { defaultMessageLimits, type MessageLimits } from '../../message/limits.ts';
import { defaultStateSettings, type StateSettings } from '../../state/settings.ts';
import { defaultStoreSettings, type StoreSettings } from '../../store/settings.ts';
import { z } from 'zod';
import { choice, custom, duration, flag, settings, size, text, texts, whole } from '../settings.ts';

const { path: _, ...stateDefaults } = defaultStateSettings;

/** The file of the SQLite driver lies under `data`; drains and paths are the daemon's. */
export const stateSection = settings<Omit<StateSettings, 'path'>>(
  stateDefaults,
  {
    driver: choice(
      ['sqlite', 'redis'],
      'Where small things are remembered: a file under data, or a Redis server.',
    ),
    timeout: duration('s', '0s', '1m', 'Time SQLite waits for writes of other processes'),
    sizeLimit: size('1M', '1024G', 'Largest SQLite file; at it writes fail as on a full disk'),
    redis: {
      url: text('redis://host:port/database, rediss:// for TLS, or the path of a unix socket.'),
      cluster: texts('URLs of some nodes of a Redis Cluster, instead of url.'),
      sentinels: custom(
        z
          .array(z.strictObject({ host: z.string().max(253), port: z.number().int().min(1).max(65_535) }))
          .max(32),
        'Sentinels {host, port}, instead of url.',
      ),
      sentinelName: text('Name of the master group.', 100),
      sentinelPassword: text('Password of the sentinels.'),
      username: text('User; empty: what the URL says.', 256),
      password: text('Password; empty: what the URL says.'),
      tls: {
        enabled: flag('TLS for cluster and sentinels too.'),
        ca: custom(z.string().max(1_000_000), 'Authorities (PEM); empty: those of the system.'),
        certificate: custom(z.string().max(1_000_000), 'Client certificate (PEM).'),
        key: custom(z.string().max(1_000_000), 'Its key (PEM).'),
        serverName: text('Name expected in the certificate; empty: the host.', 253),
      },
      prefix: text('Begins every key.', 100),
      timeout: duration('s', '100ms', '1m', 'Time a call may take'),
    },
  },
  'What is remembered between messages.',
);

/** One level: what stands below it are accounts or mailboxes. */
const prefix = z.string().regex(/^[^/%*\p{C}]{1,100}\/$/u, 'one level, which ends in a slash');

export const storeSection = settings<StoreSettings>(
  defaultStoreSettings,
  {
    hostname: text('Last part of the names of message files; empty: this machine.', 64),
    staleHours: duration('h', '1h', '365d', 'Age after which a file in tmp/ is removed'),
    maxDepth: whole(1, 64, 'Levels of a mailbox name.'),
    maxNameBytes: whole(16, 250, 'Octets of a mailbox name on the disk.'),
    maxMailboxes: whole(1, 1_000_000, 'Mailboxes of an account.'),
    maxScriptBytes: size('1K', '64M', "Octets of a user's Sieve script"),
    maxScripts: whole(1, 10_000, 'Sieve scripts of an account.'),
    maxScriptStorage: size('1K', '1G', "Octets of all of an account's Sieve scripts"),
    specialUse: custom(
      z
        .array(
          z.strictObject({
            attribute: z.string().regex(/^\\\w+$/),
            mailbox: z.string().max(200),
            names: z.array(z.string().max(200)).max(100).optional(),
          }),
        )
        .max(100),
      'Mailboxes that have a special use by their names: {attribute, mailbox, names}; names are its names in other languages.',
    ),
    namespaces: {
      others: custom(prefix, 'Before the mailboxes of others, <account>/<mailbox>; ends in a slash.'),
      public: custom(prefix, 'Before public mailboxes; ends in a slash.'),
      publicAccount: text('Account whose mailboxes are public, as far as their rights say.', 200),
    },
    administrators: texts('Accounts that manage the mailboxes, rights and quotas of all.'),
    groups: custom(
      z
        .array(
          z.strictObject({
            name: z.string().regex(/^[\w.-]{1,100}$/),
            members: z.array(z.string().max(320)).max(10_000),
          }),
        )
        .max(1000),
      'Groups, $name in lists of rights: {name, members}.',
    ),
    quota: {
      storage: size(
        '0',
        '1048576G',
        'Octets of mail of an account that has no limits of its own; 0: no limit',
      ),
      messages: whole(0, 2 ** 40, 'Its messages; 0: no limit.'),
      mailboxes: whole(0, 1_000_000, 'Its mailboxes; 0: max_mailboxes alone.'),
      annotations: size('0', '1G', 'Octets of its annotations; 0: no limit'),
    },
    metadata: {
      maxValueBytes: size('1K', '64K', 'Octets of the value of an annotation'),
      maxEntries: whole(1, 1000, 'Annotations of a mailbox.'),
    },
    maxAclEntries: whole(1, 1000, "Entries of a mailbox's list of rights."),
    maxListedAccounts: whole(1, 100_000, 'Accounts of others shown in one list of mailboxes.'),
    index: {
      handles: whole(1, 100_000, 'Index files of accounts that are open at the same time.'),
      lockWait: duration('ms', '100ms', '5m', "Time a change waits for other processes' changes"),
      pollInterval: duration('ms', '50ms', '1m', 'Time between two looks for changes by other processes'),
      pollFolders: whole(1, 100_000, 'Mailboxes looked at each time.'),
      scanInterval: duration('ms', '0s', '1m', 'Time after which a folder that we changed is read again'),
      scanShare: whole(1, 1000, 'Times its own duration that a scan is kept away from the next.'),
      expungedRanges: whole(10, 10_000_000, 'Ranges of expunged UIDs remembered for each mailbox.'),
      maxKeywords: whole(26, 10_000, 'Different keywords in a mailbox.'),
      flagDelay: duration('ms', '0s', '1m', 'Time after which a flag stands in the name of the file'),
      cacheBytes: size('64K', '16G', 'Octets of messages kept in memory'),
      maxFileBytes: size('1M', '1G', 'Octets of the largest file taken as a message'),
      maxLessons: whole(0, 1_000_000, 'Messages of an account that may wait to be learned.'),
    },
    search: {
      enabled: flag('Whether mail is taken into an index in which searches look for texts.'),
      maxCharacters: whole(1000, 100_000_000, 'Characters of text of a message that are taken in.'),
      maxMessageBytes: size('64K', '1G', 'Octets of a message that are looked at for text'),
      delay: duration('s', '0s', '1h', 'Time without a change after which mail is taken in'),
      idle: duration('s', '1s', '1d', 'Time after which a thread with nothing to do ends'),
      messageTime: duration('s', '1s', '10m', 'Time that one message may take'),
    },
  },
  'Maildir.',
);

export const deliverySection = settings<DeliverySettings>(
  defaultDeliverySettings,
  {
    junk: text('Mailbox for spam; empty: filed like everything else.', 200),
    autocreate: flag('Whether fileinto creates a mailbox that is not there.'),
    redirectSender: choice(
      ['original', 'recipient', 'srs'],
      'Envelope sender of redirected mail: its own, the address that redirects, or one that leads back (SRS).',
    ),
    maxReceived: whole(10, 1000, 'Received fields from which mail is not redirected any more.'),
    overQuota: choice(
      ['defer', 'reject'],
      'Mail for a full mailbox: to be tried again (452), or refused (552).',
    ),
    concurrency: whole(1, 1000, 'Recipients of one message delivered to at the same time.'),
    outbound: {
      folder: text(
        'Where it waits; empty: `spool` in the data folder. Processes that share a data folder need one each.',
      ),
      relay: text('host:port that takes everything we send; empty: by MX.', 300),
      relayTls: choice(['opportunistic', 'required', 'none'], 'TLS to the relay.'),
      relayUser: text('Login at the relay; empty: none.'),
      relayPassword: text('Its password.'),
      port: whole(1, 65_535, 'Port of servers found by MX.'),
      allowLoopback: flag('Whether a server found by MX may be on this machine.'),
      concurrency: whole(1, 1000, 'Mails being sent at the same time.'),
      perDestination: whole(1, 1000, 'Of them to one destination.'),
      hosts: whole(1, 50, 'Servers tried in one attempt.'),
      firstRetry: duration('s', '1s', '1d', 'Time until the second attempt; each next wait is twice as long'),
      maxRetry: duration('s', '1s', '7d', 'Longest wait between two attempts'),
      lifetime: duration('s', '1s', '30d', 'Time after which mail goes back to its sender'),
      connectTimeout: duration('s', '1s', '10m', 'Time to connect'),
      responseTimeout: duration('s', '1s', '1h', 'Time to wait for an answer'),
      deadDays: duration('d', '1d', '3650d', 'Time a bounce that could not be sent is kept'),
    },
  },
  'What happens to accepted mail.',
);

export const messageSection = settings<MessageLimits>(
  defaultMessageLimits,
  {
    headerFields: whole(100, 1_000_000, 'Header fields listed per header.'),
    headerBytes: size('64K', '256M', 'Octets of one header'),
    fieldBytes: size('1K', '256M', 'Octets of one field that are decoded'),
    parts: whole(10, 1_000_000, 'MIME parts.'),
    depth: whole(5, 1000, 'Levels of multipart and message/rfc822.'),
    commentDepth: whole(1, 1000, 'Levels of nested comments.'),
    addresses: whole(10, 1_000_000, 'Addresses read from one field.'),
    parameters: whole(10, 10_000, 'Parameters read from one field.'),
    encodedWords: whole(10, 1_000_000, 'Encoded words decoded in one field.'),
    defects: whole(10, 1_000_000, 'Defects noted.'),
    textBytes: size('64K', '1G', "Octets of one part's content decoded to text"),
    htmlCharacters: whole(1000, 100_000_000, 'Characters of one HTML part that are rendered.'),
    htmlElements: whole(100, 10_000_000, 'Elements of one HTML part that are rendered.'),
    htmlDepth: whole(32, 10_000, 'Open elements at a time.'),
    styleRules: whole(0, 1_000_000, 'Style rules read from one HTML part.'),
    links: whole(1, 1_000_000, 'Links listed.'),
    linkCharacters: whole(100, 1_000_000, 'Characters of one link.'),
  },
  'Limits of what is taken out of one message.',
);
