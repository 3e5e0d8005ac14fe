import { organizationalDomain } from '../../authentication/organizational-domain.ts';
import type { Check, CheckHit } from '../types.ts';
import { domainOf, mailboxes } from './support/domains.ts';
import { at, isFromList, quote } from './support/evidence.ts';

const DOMAIN = /^(?:\[[^\]]+\]|[^\s@.[\]]+(?:\.[^\s@.[\]]+)*)$/;
/** An address inside a display name; bounded repeats, for names are as long as senders like. */
const ADDRESS = /[\w.+-]{1,64}@((?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24})/i;

export const from: Check = {
  name: 'from',
  symbols: {
    FROM_INVALID: { score: 1.5, description: 'From holds no usable address, and it is no bounce' },
    MULTIPLE_FROM: {
      score: 1,
      description: 'From holds several addresses and there is no Sender (RFC 5322 §3.6.2)',
    },
    SPOOF_DISPLAY_NAME: { score: 3, description: 'Display name in From is an address of another domain' },
  },
  run({ message: { header }, envelope }) {
    const field = header.get('from');
    if (field === undefined) return [];
    const hits: CheckHit[] = [];
    const senders = mailboxes(field);
    const usable = senders.filter(
      ({ address }) => address.indexOf('@') > 0 && DOMAIN.test(domainOf(address)),
    );
    // Bounces come from MAILER-DAEMON of nowhere.
    if (usable.length === 0 && envelope.sender !== '')
      hits.push({ symbol: 'FROM_INVALID', detail: quote(field.value), where: at(field) });
    if (usable.length > 1 && header.get('sender') === undefined)
      hits.push({ symbol: 'MULTIPLE_FROM', detail: `${usable.length} addresses`, where: at(field) });
    // Lists that rewrite From put the author's address into the name, openly.
    if (!isFromList(header))
      for (const { name, address } of usable.slice(0, 1)) {
        const shown = ADDRESS.exec(name)?.[1]?.toLowerCase();
        if (shown !== undefined && organizationalDomain(shown) !== organizationalDomain(domainOf(address)))
          hits.push({
            symbol: 'SPOOF_DISPLAY_NAME',
            detail: quote(`${name} <${address}>`),
            where: at(field),
          });
      }
    return hits;
  },
};
