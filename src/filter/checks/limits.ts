import type { Check } from '../types.ts';
import { byGroup } from './mime-defects.ts';

/** Defects that say a bound of `message/limits.ts` was reached: part of the message was not looked at. */
const LIMITS = new Set([
  'too-many-header-fields',
  'header-too-long',
  'field-too-long',
  'comment-too-deep',
  'too-many-addresses',
  'too-many-encoded-words',
  'too-many-parameters',
  'too-many-parts',
  'too-deep',
  'text-truncated',
  'html-truncated',
  'too-many-links',
]);

export const limits: Check = {
  name: 'limits',
  symbols: {
    MESSAGE_LIMITS: { score: 1, description: 'Too much of something: the message was looked at in part' },
  },
  run: ({ message }) => byGroup(message.defects, (code) => (LIMITS.has(code) ? 'MESSAGE_LIMITS' : undefined)),
};
