import type { Check, CheckHit } from '../types.ts';
import { at } from './support/evidence.ts';

/** Fields of which RFC 5322 §3.6 allows one; two programs may pick different ones. */
const SINGULAR = [
  'date',
  'sender',
  'reply-to',
  'to',
  'cc',
  'message-id',
  'in-reply-to',
  'references',
  'subject',
];

export const duplicateHeaders: Check = {
  name: 'duplicate-headers',
  symbols: {
    MULTIPLE_UNIQUE_HEADERS: { score: 1.5, description: 'Several fields of a kind that may be there once' },
    MULTIPLE_FROM_FIELDS: {
      score: 4,
      description: 'Several From fields: what is shown may not be what was checked',
    },
  },
  run({ message: { header } }) {
    const hits: CheckHit[] = [];
    const from = header.all('from');
    if (from.length > 1) hits.push({ symbol: 'MULTIPLE_FROM_FIELDS', where: at(from[1] ?? header) });
    const doubled = SINGULAR.filter((name) => header.all(name).length > 1);
    if (doubled.length > 0)
      hits.push({
        symbol: 'MULTIPLE_UNIQUE_HEADERS',
        detail: doubled.join(' '),
        where: at(header.all(doubled[0] ?? '')[1] ?? header),
      });
    return hits;
  },
};
