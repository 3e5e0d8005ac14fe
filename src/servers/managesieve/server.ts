import { createLineServer, type LineServer, type Turned } from '../lines/line-server.ts';
import { Connection } from './connection.ts';
import type { ManageSieveOptions } from './options.ts';
import type { Response } from './wire/types.ts';
import { writeResponse } from './wire/writer.ts';

const TURNED: Readonly<Record<Turned, Response>> = {
  closing: { status: 'BYE', code: { name: 'TRYLATER' }, text: 'Service going down' },
  denied: { status: 'BYE', text: 'Access denied' },
  'too many': { status: 'BYE', code: { name: 'TRYLATER' }, text: 'Too many connections' },
};

/** A ManageSieve server (RFC 5804). Throws a TypeError for settings that cannot be. */
export function createManageSieveServer(options: ManageSieveOptions): LineServer {
  return createLineServer({
    settings: options.settings,
    tls: options.tls,
    authorities: options.authorities,
    blockedNetworks: options.blockedNetworks,
    turnAway: (why) => writeResponse(TURNED[why]),
    connect: (client) => new Connection(client, options),
    log: options.log,
  });
}
