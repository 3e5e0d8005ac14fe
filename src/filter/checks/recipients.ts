import type { Check, CheckHit } from '../types.ts';
import { mailboxes } from './support/domains.ts';
import { at, isFromList } from './support/evidence.ts';

/** Addresses shown from which a letter is a circular. */
const MANY = 50;
/** Fields in which a recipient may be named. */
const FIELDS = ['to', 'cc', 'resent-to', 'resent-cc', 'bcc', 'delivered-to', 'x-original-to'];

export const recipients: Check = {
  name: 'recipients',
  symbols: {
    R_UNDISC_RCPT: { score: 0.7, description: 'To names nobody ("undisclosed recipients")' },
    RCPT_COUNT_EXCESS: {
      score: 0.5,
      description: 'Fifty or more addresses in To and Cc, and no mailing list',
    },
    FORGED_RECIPIENTS: { score: 0.3, description: 'No recipient of the envelope is named in the header' },
  },
  run({ message: { header }, envelope }) {
    const hits: CheckHit[] = [];
    const to = header.get('to');
    if (to !== undefined && mailboxes(to).length === 0 && mailboxes(header.get('cc')).length === 0)
      hits.push({ symbol: 'R_UNDISC_RCPT', where: at(to) });
    const count = mailboxes(to).length + mailboxes(header.get('cc')).length;
    if (to !== undefined && count >= MANY && !isFromList(header))
      hits.push({ symbol: 'RCPT_COUNT_EXCESS', detail: `${count}`, where: at(to) });
    if (to !== undefined && envelope.recipients.length > 0) {
      const named = new Set(
        FIELDS.flatMap((name) => header.all(name).slice(0, 10))
          .flatMap((field) => mailboxes(field))
          .map(({ address }) => address.toLowerCase()),
      );
      if (!envelope.recipients.some(({ address }) => named.has(address.toLowerCase())))
        hits.push({ symbol: 'FORGED_RECIPIENTS' });
    }
    return hits;
  },
};
