import { organizationalDomain } from '../../authentication/organizational-domain.ts';
import type { Check } from '../types.ts';
import { domainOf, fromDomain } from './support/domains.ts';
import { quote } from './support/evidence.ts';

/** The envelope sender against From. Bulk senders and lists differ by rights, so it weighs next to nothing alone. */
export const sender: Check = {
  name: 'sender',
  symbols: {
    FORGED_SENDER: { score: 0, description: 'Envelope sender is of another domain than From' },
    ENVFROM_NULL: { score: 0, description: 'Null sender: a bounce or an automatic answer' },
  },
  run({ message: { header }, envelope }) {
    if (envelope.sender === '') return [{ symbol: 'ENVFROM_NULL' }];
    const shown = fromDomain(header.get('from'));
    const used = organizationalDomain(domainOf(envelope.sender));
    if (shown === '' || used === '' || shown === used) return [];
    return [{ symbol: 'FORGED_SENDER', detail: quote(`${used} ≠ ${shown}`) }];
  },
};
