import type { Check } from '../types.ts';

/** Hops from which a message goes in circles; MTAs give up at 50 to 100 (RFC 5321 §6.3). */
const MANY = 25;

export const received: Check = {
  name: 'received',
  symbols: {
    RCVD_COUNT_ZERO: { score: 0, description: 'No Received field: straight from the program that wrote it' },
    RCVD_COUNT_EXCESS: { score: 0.5, description: 'Twenty-five Received fields or more' },
  },
  run({ message: { header } }) {
    const count = header.all('received').length;
    if (count === 0) return [{ symbol: 'RCVD_COUNT_ZERO' }];
    return count >= MANY ? [{ symbol: 'RCVD_COUNT_EXCESS', detail: `${count}` }] : [];
  },
};
