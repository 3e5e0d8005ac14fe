import { BlockList, isIP } from 'node:net';
import type { Client } from '../../../message/envelope.ts';

/** Addresses of one's own house (RFC 1918, RFC 4193, loopback, link-local). */
const own = new BlockList();
own.addSubnet('10.0.0.0', 8);
own.addSubnet('127.0.0.0', 8);
own.addSubnet('169.254.0.0', 16);
own.addSubnet('172.16.0.0', 12);
own.addSubnet('192.168.0.0', 16);
own.addAddress('::1', 'ipv6');
own.addSubnet('fc00::', 7, 'ipv6');
own.addSubnet('fe80::', 10, 'ipv6');

/**
 * True when the client is somebody else's server: it has a public address and did not log in. What a user's mail
 * program or a script in the local network says of itself proves nothing.
 */
export function isRemote({ address, user }: Client): boolean {
  if (address === undefined || user !== undefined) return false;
  const family = isIP(address);
  return family !== 0 && !own.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
