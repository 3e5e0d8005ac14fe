import type { Check } from '../types.ts';
import { at, quote } from './support/evidence.ts';

const HOUR = 3_600_000;
/** A clock that is off, or a time zone set an hour or two wrong. */
const FUTURE = 3 * HOUR;
/** What MTAs keep a message in their queue for (RFC 5321 §4.5.4.1: 4 to 5 days), and a little. */
const PAST = 6 * 24 * HOUR;

export const date: Check = {
  name: 'date',
  symbols: {
    INVALID_DATE: { score: 1.5, description: 'Date is none of RFC 5322 §3.3' },
    DATE_IN_FUTURE: { score: 1.2, description: 'Date is more than three hours ahead' },
    DATE_IN_PAST: { score: 0.5, description: 'Date is more than six days ago' },
  },
  run({ message, now }) {
    const field = message.header.get('date');
    if (field === undefined) return [];
    const where = at(field);
    if (field.date === undefined) return [{ symbol: 'INVALID_DATE', detail: quote(field.value), where }];
    const ahead = field.date.getTime() - now;
    if (ahead > FUTURE)
      return [{ symbol: 'DATE_IN_FUTURE', detail: `${Math.round(ahead / HOUR)} hours`, where }];
    if (ahead < -PAST)
      return [{ symbol: 'DATE_IN_PAST', detail: `${Math.round(-ahead / HOUR / 24)} days`, where }];
    return [];
  },
};
