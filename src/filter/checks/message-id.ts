import { isIP } from 'node:net';
import { organizationalDomain } from '../../authentication/organizational-domain.ts';
import type { HeaderField } from '../../message/types.ts';
import type { Check } from '../types.ts';
import { domainOf, mailboxes } from './support/domains.ts';
import { at, quote } from './support/evidence.ts';
import { isFreemail } from './support/freemail.ts';

/** The shape of a Message-ID (RFC 5322 §3.6.4), generously: one `@`, angle brackets, no white space. */
export const messageId: Check = {
  name: 'message-id',
  symbols: {
    INVALID_MSGID: { score: 1, description: 'Message-ID is not <left@right>' },
    MID_RHS_IP_LITERAL: { score: 0.5, description: 'Message-ID ends with an IP address' },
    MID_CONTAINS_FROM: { score: 0, description: 'Message-ID holds the address of the author' },
    MID_CONTAINS_TO: { score: 0.7, description: 'Message-ID holds the address of the recipient' },
    MID_RHS_MATCH_FROM: { score: 0, description: 'Message-ID ends with the domain of the author' },
    MID_RHS_MATCH_TO: {
      score: 0.3,
      description: 'Message-ID ends with the domain of the recipient, of whom the author is none',
    },
    MID_RHS_NOT_FQDN: { score: 0, description: 'Message-ID ends with a name without a dot' },
  },
  run({ message }) {
    const field = message.header.get('message-id');
    if (field === undefined) return [];
    const hit = (symbol: string) => ({ symbol, detail: quote(field.value), where: at(field) });
    const [, left, right] = /^<([^<>@\s]+)@([^<>@\s]+)>(?:\s*\([^()]*\))?$/.exec(field.value) ?? [];
    const author = mailboxes(message.header.get('from'))[0]?.address.toLowerCase() ?? '';
    const recipient = onlyMailbox(message.header.get('to'));
    const hits = holds(field.value, author) ? [hit('MID_CONTAINS_FROM')] : [];
    if (recipient !== author && holds(field.value, recipient)) hits.push(hit('MID_CONTAINS_TO'));
    if (left === undefined || right === undefined) return [...hits, hit('INVALID_MSGID')];
    if (right.startsWith('[') || isIP(right) !== 0) return [...hits, hit('MID_RHS_IP_LITERAL')];
    if (!right.includes('.')) return [...hits, hit('MID_RHS_NOT_FQDN')];
    const domain = organizationalDomain(right.toLowerCase());
    if (domain === organizationalDomain(domainOf(author))) hits.push(hit('MID_RHS_MATCH_FROM'));
    // A provider's ids are on what any of its customers writes, under whatever address.
    else if (domain === organizationalDomain(domainOf(recipient)) && !isFreemail(domain))
      hits.push(hit('MID_RHS_MATCH_TO'));
    return hits;
  },
};

const holds = (value: string, address: string): boolean =>
  address.length > 6 && value.toLowerCase().includes(address);

/** The address of the one recipient; '' when there are more or none. */
function onlyMailbox(field: HeaderField | undefined): string {
  const [only, ...others] = mailboxes(field);
  return only === undefined || others.length > 0 ? '' : only.address.toLowerCase();
}
