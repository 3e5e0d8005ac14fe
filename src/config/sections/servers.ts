import { defaultHttpSettings, type HttpSettings } from '../../servers/http/settings.ts';
import { defaultImapSettings, type ImapSettings } from '../../servers/imap/settings.ts';
import { defaultLmtpSettings, type LmtpSettings } from '../../servers/lmtp/settings.ts';
import { defaultMilterSettings, type MilterSettings } from '../../servers/milter/settings.ts';
import { defaultManageSieveSettings, type ManageSieveSettings } from '../../servers/managesieve/settings.ts';
import { defaultPop3Settings, type Pop3Settings } from '../../servers/pop3/settings.ts';
import {
  defaultSmtpSettings,
  type NextHopSettings,
  type SessionSettings,
  type SmtpSettings,
} from '../../servers/smtp/settings.ts';
import { listenList, octalMode, optionalEndpoint } from '../listen.ts';
import { choice, custom, duration, flag, peers, settings, size, whole, type Described } from '../settings.ts';

/** Limits that hold for every server are written once, in `policy`. */
type ByPolicy = 'messageBytes' | 'recipients';

const listen = custom<string[]>(
  listenList,
  'Where to listen: host:port, [ipv6]:port or unix:/path; empty: not at all.',
);

const fileMode = custom<number>(octalMode, 'File mode of unix sockets, in octal.');

const session: Omit<Described<SessionSettings>, ByPolicy> = {
  listen,
  connections: whole(1, 100_000, 'Connections at the same time.'),
  connectionsPerAddress: whole(1, 100_000, 'Connections at the same time from one address.'),
  errors: whole(1, 10_000, 'Refused commands after which a connection is closed.'),
  commands: whole(10, 1_000_000, 'Commands without a message after which a connection is closed.'),
  commandLine: size('512', '1M', 'Octets of a command line'),
  messageLine: size('0', '1G', 'Octets of a line of a message; 0: any'),
  idleTimeout: duration('s', '1s', '1h', 'Time a client may be silent'),
  messageTimeout: duration('s', '10s', '1d', 'Time from DATA to the final dot'),
  bareLineEndings: choice(['refuse', 'normalise'], 'What happens to a message with a CR or LF alone.'),
  proxyProtocol: peers('Peers whose connections start with a PROXY header.'),
  xclient: peers('Peers that may use XCLIENT.'),
  xforward: peers('Peers that may use XFORWARD.'),
  received: flag('Add our Received field.'),
  socketMode: fileMode,
};

const nextHop: Described<NextHopSettings> = {
  address: custom(optionalEndpoint, 'host:port, [ipv6]:port or unix:/path; empty: mail is delivered here.'),
  tls: choice(['none', 'may', 'encrypt', 'verify'], 'TLS to the next hop.'),
  forwardClient: choice(['xforward', 'xclient', 'none'], 'How the next hop is told who the client is.'),
  connectTimeout: duration('s', '1s', '10m', 'Time for connection, greeting, EHLO and TLS, each'),
  commandTimeout: duration('s', '1s', '30m', 'Time for the answer to a command'),
  dataTimeout: duration('s', '1s', '30m', 'Time for the answer to the message'),
  keepAlive: duration('s', '0s', '10m', 'Time between NOOPs while the client still sends; 0: none'),
};

const without = <T extends SessionSettings>(defaults: T): Omit<T, ByPolicy> => {
  const { messageBytes: _, recipients: __, ...rest } = defaults;
  return rest;
};

export const smtpSection = settings<Omit<SmtpSettings, ByPolicy>>(
  without(defaultSmtpSettings),
  {
    ...session,
    greetingDelay: duration('ms', '0ms', '1m', 'Time before the greeting; who talks earlier is turned away'),
    nextHop,
  },
  'SMTP: proxy to a next hop, or delivery here.',
);

export const lmtpSection = settings<Omit<LmtpSettings, ByPolicy>>(
  without(defaultLmtpSettings),
  {
    ...session,
    scan: flag('Scan what comes by LMTP; without it X-Spam-Flag decides about Junk.'),
  },
  "LMTP: delivery for an MTA's lmtp transport.",
);

export type MilterConfig = Omit<MilterSettings, 'maxMessageBytes' | 'drainTimeout'> & { listen: string[] };
const { maxMessageBytes: _, drainTimeout: __, ...milterDefaults } = defaultMilterSettings;

export const milterSection = settings<MilterConfig>(
  { listen: [], ...milterDefaults },
  {
    listen,
    maxConnections: whole(1, 100_000, 'Connections at the same time.'),
    maxPacketBytes: size('64K', '1G', 'Octets of one packet of the protocol'),
    oversize: choice(['refuse', 'accept'], 'What becomes of a message that is too large.'),
    idleTimeout: duration('ms', '10s', '1d', 'Time the MTA may be silent'),
    progressInterval: duration('ms', '1s', '5m', 'Time between two signs of life while a message is judged'),
    socketMode: fileMode,
  },
  'Milter for Postfix and Sendmail.',
);

export const manageSieveSection = settings<ManageSieveSettings>(
  defaultManageSieveSettings,
  {
    listen,
    connections: whole(1, 100_000, 'Connections at the same time.'),
    connectionsPerAddress: whole(1, 100_000, 'Connections at the same time from one address.'),
    loginTimeout: duration('s', '1s', '1h', 'Time a client may take until it has logged in'),
    idleTimeout: duration('s', '1s', '1d', 'Time a client that has logged in may be silent'),
    loginAttempts: whole(1, 100, 'Logins that may fail on one connection.'),
    errors: whole(1, 10_000, 'Refused commands, one after another, after which a connection is closed.'),
    lineBytes: size('8K', '1M', 'Octets of a command without its literals; of a literal, before login'),
    socketMode: fileMode,
  },
  'ManageSieve: users edit their Sieve scripts.',
);

export const imapSection = settings<ImapSettings>(
  defaultImapSettings,
  {
    listen,
    listenTls: custom<string[]>(listenList, 'Where to listen for connections that begin with TLS.'),
    connections: whole(1, 1_000_000, 'Connections at the same time.'),
    connectionsPerAddress: whole(1, 1_000_000, 'Connections at the same time from one address.'),
    connectionsPerUser: whole(1, 100_000, 'Sessions of one account at the same time.'),
    loginTimeout: duration('s', '1s', '1h', 'Time a client may take until it has logged in'),
    idleTimeout: duration('s', '1s', '1d', 'Time a client that has logged in may be silent, IDLE included'),
    loginAttempts: whole(1, 100, 'Logins that may fail on one connection.'),
    errors: whole(1, 10_000, 'Commands in a row that are none, after which a connection is closed.'),
    lineBytes: size('8K', '16M', 'Octets of a command without its literals'),
    literalBytes: size('8K', '64M', 'Octets of the literals of a command that brings no message'),
    multiappendBytes: size('1M', '16G', 'Octets of all messages that one command brings'),
    loginBytes: size('4K', '1M', 'Octets of a command before login; of its literals, too'),
    socketMode: fileMode,
  },
  'IMAP: users read their mail.',
);

export const pop3Section = settings<Pop3Settings>(
  defaultPop3Settings,
  {
    listen,
    listenTls: custom<string[]>(listenList, 'Where to listen for connections that begin with TLS.'),
    connections: whole(1, 1_000_000, 'Connections at the same time.'),
    connectionsPerAddress: whole(1, 1_000_000, 'Connections at the same time from one address.'),
    connectionsPerUser: whole(1, 100_000, 'Sessions of one account at the same time.'),
    loginTimeout: duration('s', '1s', '1h', 'Time a client may take until it has logged in'),
    idleTimeout: duration('s', '1s', '1d', 'Time a client that has logged in may be silent'),
    loginAttempts: whole(1, 100, 'Logins that may fail on one connection.'),
    loginDelay: duration('s', '0s', '1h', 'Time between two logins of an account; 0: none'),
    errors: whole(1, 10_000, 'Commands in a row that are none, after which a connection is closed.'),
    lineBytes: size('8K', '1M', 'Octets of a command'),
    markSeen: flag('Set \\Seen on messages that were fetched.'),
    socketMode: fileMode,
  },
  'POP3: users fetch their mail.',
);

export const httpSection = settings<HttpSettings>(
  defaultHttpSettings,
  { listen: custom(listenList, 'Where /metrics and /health are served.') },
  'Monitoring.',
);
