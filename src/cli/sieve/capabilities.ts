import { capabilities, refusals } from '../../sieve/index.ts';
import { EXIT } from '../io.ts';
import type { SieveIo } from './read.ts';

/**
 * `tamis sieve capabilities`: what scripts may require, one a line; with `json` as one list. With `available` (what a
 * configuration has) those that are refused stand behind, with the reason, and in JSON apart from the others.
 */
export function sieveCapabilities(
  { json, available }: { json: boolean; available?: readonly string[] },
  io: SieveIo,
): number {
  const refused = available === undefined ? new Map<string, string>() : refusals(available);
  const usable = capabilities().filter((name) => !refused.has(name));
  if (!json) {
    io.stdout(usable.map((name) => `${name}\n`).join(''));
    io.stdout([...refused].map(([name, reason]) => `${name}: refused: ${reason}\n`).join(''));
  } else if (available === undefined) io.stdout(`${JSON.stringify(usable)}\n`);
  else io.stdout(`${JSON.stringify({ usable, refused: Object.fromEntries(refused) })}\n`);
  return EXIT.ok;
}
