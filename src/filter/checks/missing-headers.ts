import type { Check } from '../types.ts';

const FIELDS = [
  ['from', 'MISSING_FROM'],
  ['date', 'MISSING_DATE'],
  ['message-id', 'MISSING_MID'],
  ['to', 'MISSING_TO'],
  ['subject', 'MISSING_SUBJECT'],
] as const;

/** Fields every mail program writes. RFC 5322 §3.6 requires From and Date only, so the others weigh little. */
export const missingHeaders: Check = {
  name: 'missing-headers',
  symbols: {
    MISSING_FROM: { score: 2, description: 'No From field' },
    MISSING_DATE: { score: 1, description: 'No Date field' },
    MISSING_MID: { score: 0.5, description: 'No Message-ID field' },
    MISSING_TO: { score: 0.5, description: 'No To field, and no Cc either' },
    MISSING_SUBJECT: { score: 0.5, description: 'No Subject field' },
  },
  run: ({ message: { header } }) =>
    FIELDS.filter(
      ([field]) => header.get(field) === undefined && (field !== 'to' || header.get('cc') === undefined),
    ).map(([, symbol]) => ({ symbol })),
};
