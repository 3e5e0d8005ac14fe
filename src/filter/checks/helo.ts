import { isIP } from 'node:net';
import type { Check } from '../types.ts';
import { isRemote } from './support/client.ts';
import { quote } from './support/evidence.ts';

/** The name a server gives itself (RFC 5321 §4.1.1.1, §4.1.3); rspamd's names. */
export const helo: Check = {
  name: 'helo',
  symbols: {
    HFILTER_HELO_BAREIP: { score: 1.5, description: 'HELO is an address without brackets' },
    HFILTER_HELO_BADIP: { score: 2, description: 'HELO is an address literal of somebody else' },
    HFILTER_HELO_NOT_FQDN: { score: 1, description: 'HELO is not a full host name' },
    HFILTER_HELO_LOCALHOST: { score: 1.5, description: 'HELO is localhost, from a remote client' },
  },
  run({ envelope: { client } }) {
    const name = client.helo;
    if (name === undefined || !isRemote(client)) return [];
    const hit = (symbol: string) => [{ symbol, detail: quote(name) }];
    if (isIP(name) !== 0) return hit('HFILTER_HELO_BAREIP');
    const literal = /^\[(?:IPv6:)?([^\]]*)\]$/i.exec(name)?.[1];
    if (literal !== undefined)
      return isIP(literal) !== 0 && sameAddress(literal, client.address ?? '')
        ? []
        : hit('HFILTER_HELO_BADIP');
    if (/^localhost(?:\.localdomain)?\.?$/i.test(name)) return hit('HFILTER_HELO_LOCALHOST');
    return /^[^\s@_]+\.[^\s@.]*[^\s@.\d][^\s@.]*\.?$/.test(name) ? [] : hit('HFILTER_HELO_NOT_FQDN');
  },
};

/** Compares addresses however they are written (IPv6 has many ways). */
function sameAddress(one: string, other: string): boolean {
  const normal = (address: string): string =>
    isIP(address) === 6 ? (URL.parse(`http://[${address}]/`)?.hostname ?? address) : address;
  return normal(one) === normal(other);
}
