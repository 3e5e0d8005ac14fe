import { spamStatus, statusFromHeader, type StatusHeaderSettings } from '../../sieve/spam-status.ts';
import type { Answers } from './types.ts';

/**
 * What our filter writes, for mail it looked at before: it came by another of our servers, or out of the spool. Forged
 * fields of that name are removed when a mail is scanned.
 */
const OUR_FIELD: StatusHeaderSettings = {
  statusHeader: 'X-Spam-Status: score=([-+0-9.]+)',
  statusType: 'score',
  maxHeader: '',
  maxValue: 0,
  textValues: new Map(),
};

/** RFC 5235 §3.2. */
export const spam = {
  'spam-status': ({ percent }, { certainScore, message, request }) => {
    const { required, score } = request;
    if (required !== undefined) return spamStatus(score, certainScore ?? 2 * required, percent);
    const kind = percent ? 'percent' : 'spam';
    return statusFromHeader(message.header, { ...OUR_FIELD, maxValue: certainScore ?? 0 }, kind);
  },
} satisfies Partial<Answers>;
