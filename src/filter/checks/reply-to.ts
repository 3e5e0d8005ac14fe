import { organizationalDomain } from '../../authentication/organizational-domain.ts';
import type { Check } from '../types.ts';
import { domainOf, fromDomain, mailboxes } from './support/domains.ts';
import { at, isFromList, quote } from './support/evidence.ts';
import { isFreemail } from './support/freemail.ts';

export const replyTo: Check = {
  name: 'reply-to',
  symbols: {
    REPLYTO_UNPARSABLE: { score: 0.5, description: 'Reply-To holds no address' },
    REPLYTO_DOM_NEQ_FROM_DOM: { score: 0, description: 'Reply-To has another domain than From' },
    FREEMAIL_REPLYTO: {
      score: 0.6,
      description: 'Answers go to a free mail address, From is of another domain',
    },
    FREEMAIL_REPLYTO_NEQ_FROM: {
      score: 1,
      description: 'From and Reply-To are two free mail addresses of the same provider',
    },
  },
  run({ message: { header } }) {
    const field = header.get('reply-to');
    if (field === undefined) return [];
    const where = at(field);
    const [target] = mailboxes(field);
    if (target === undefined) return [{ symbol: 'REPLYTO_UNPARSABLE', detail: quote(field.value), where }];
    const domain = organizationalDomain(domainOf(target.address));
    const sender = fromDomain(header.get('from'));
    if (sender === '') return [];
    if (domain === sender) {
      const author = mailboxes(header.get('from'))[0]?.address.toLowerCase();
      const isOther = isFreemail(domain) && author !== target.address.toLowerCase() && !isFromList(header);
      return isOther ? [{ symbol: 'FREEMAIL_REPLYTO_NEQ_FROM', detail: quote(target.address), where }] : [];
    }
    const detail = quote(`${sender} → ${domain}`);
    const hits = [{ symbol: 'REPLYTO_DOM_NEQ_FROM_DOM', detail, where }];
    // A list's Reply-To names the author, who may well have a free mail address.
    if (isFreemail(domain) && !isFromList(header)) hits.push({ symbol: 'FREEMAIL_REPLYTO', detail, where });
    return hits;
  },
};
