import type { Check } from '../types.ts';
import { isRemote } from './support/client.ts';

/** The name of the client's address (iprev, RFC 8601 §2.7.3). */
export const reverseName: Check = {
  name: 'reverse-name',
  symbols: {
    RDNS_NONE: { score: 1, description: 'Address of the client has no name that leads back to it' },
    RDNS_DNSFAIL: { score: 0, description: 'Name of the client could not be looked up for the time being' },
  },
  run({ envelope: { client }, authentication: { iprev } }) {
    if (!isRemote(client)) return [];
    if (iprev === 'fail' || iprev === 'permerror') return [{ symbol: 'RDNS_NONE', detail: client.address }];
    return iprev === 'temperror' ? [{ symbol: 'RDNS_DNSFAIL', detail: client.address }] : [];
  },
};
