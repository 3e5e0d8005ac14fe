import type { Command } from '../types.ts';
import { TRANSACTION } from './command.ts';
import { listing } from './listing.ts';

/** RFC 1939 §5. */
export const list: Command = {
  name: 'LIST',
  states: TRANSACTION,
  arguments: [0, 1],
  run: (session, [text]) => listing(session, text, (maildrop, number) => String(maildrop.sizeOf(number))),
};
