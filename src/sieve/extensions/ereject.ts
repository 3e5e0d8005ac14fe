import { rejectAction } from '../actions/reject.ts';
import type { Extension } from '../definitions.ts';
import { rejectCommand } from './reject.ts';

/** RFC 5429 §2.1: refuses at SMTP time. */
export const ereject: Extension = {
  capability: 'ereject',
  commands: [rejectCommand('ereject')],
  actions: [rejectAction],
};
