import { createLineServer, type LineServer, type Turned } from '../lines/line-server.ts';
import { countUsers } from '../lines/user-counts.ts';
import { Connection } from './connection.ts';
import type { ImapServerOptions } from './options.ts';

const TURNED: Readonly<Record<Turned, string>> = {
  closing: '* BYE [UNAVAILABLE] Service going down\r\n',
  denied: '* BYE Access denied\r\n',
  'too many': '* BYE [LIMIT] Too many connections\r\n',
};

/** An IMAP server (RFC 9051, RFC 3501). Throws a TypeError for settings that cannot be. */
export function createImapServer(options: ImapServerOptions): LineServer {
  const users = countUsers(options.settings.connectionsPerUser);
  return createLineServer({
    settings: options.settings,
    tls: options.tls,
    authorities: options.authorities,
    blockedNetworks: options.blockedNetworks,
    turnAway: (why) => Buffer.from(TURNED[why]),
    connect: (client) => new Connection(client, options, users),
    log: options.log,
  });
}
