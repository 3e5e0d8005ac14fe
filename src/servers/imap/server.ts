import { createLineServer, type LineServer, type Turned } from '../lines/line-server.ts';
import { Connection } from './connection.ts';
import type { ImapServerOptions } from './options.ts';
import type { UserCounts } from './session.ts';

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

function countUsers(most: number): UserCounts {
  const sessions = new Map<string, number>();
  return {
    enter(account) {
      const now = sessions.get(account) ?? 0;
      if (now >= most) return false;
      sessions.set(account, now + 1);
      return true;
    },
    leave(account) {
      const now = sessions.get(account) ?? 0;
      if (now <= 1) sessions.delete(account);
      else sessions.set(account, now - 1);
    },
  };
}
