import type { Command } from '../types.ts';
import { TRANSACTION } from './command.ts';
import { listing } from './listing.ts';

/** RFC 1939 §7. */
export const uidl: Command = {
  name: 'UIDL',
  states: TRANSACTION,
  arguments: [0, 1],
  run: (session, [text]) => listing(session, text, (maildrop, number) => maildrop.uniqueIdOf(number)),
};
