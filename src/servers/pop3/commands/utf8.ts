import type { Command } from '../types.ts';
import { AUTHORIZATION, ok } from './command.ts';

/** RFC 6856 §2.1. Messages go out as they are with it and without it. */
export const utf8: Command = {
  name: 'UTF8',
  states: AUTHORIZATION,
  arguments: [0, 0],
  run: async () => ok('UTF-8 it is'),
};
