import { createLineServer, type LineServer, type Turned } from '../lines/line-server.ts';
import { countUsers } from '../lines/user-counts.ts';
import { Connection } from './connection.ts';
import { LoginTimes } from './login-times.ts';
import type { Pop3ServerOptions } from './options.ts';

const TURNED: Readonly<Record<Turned, string>> = {
  closing: '-ERR [SYS/TEMP] Service going down\r\n',
  denied: '-ERR [SYS/PERM] Access denied\r\n',
  'too many': '-ERR [SYS/TEMP] Too many connections\r\n',
};

/** A POP3 server (RFC 1939). Throws a TypeError for settings that cannot be. */
export function createPop3Server(options: Pop3ServerOptions): LineServer {
  const shared = { users: countUsers(options.settings.connectionsPerUser), loginTimes: new LoginTimes() };
  return createLineServer({
    settings: options.settings,
    tls: options.tls,
    authorities: options.authorities,
    blockedNetworks: options.blockedNetworks,
    turnAway: (why) => Buffer.from(TURNED[why]),
    connect: (client) => new Connection(client, options, shared),
    log: options.log,
  });
}
