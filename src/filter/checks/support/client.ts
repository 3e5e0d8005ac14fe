import type { Client } from '../../../message/envelope.ts';
import { Networks } from '../../../net/networks.ts';

/** Addresses of one's own house (RFC 1918, RFC 4193, loopback, link-local). */
const own = new Networks([
  '10.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1',
  'fc00::/7',
  'fe80::/10',
]);

/**
 * True when the client is somebody else's server: it has a public address and did not log in. What a user's mail
 * program or a script in the local network says of itself proves nothing.
 */
export function isRemote({ address, user }: Client): boolean {
  return address !== undefined && user === undefined && !own.has(address);
}
