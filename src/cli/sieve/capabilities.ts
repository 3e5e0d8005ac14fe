import { capabilities } from '../../sieve/index.ts';
import { EXIT } from '../io.ts';
import type { SieveIo } from './read.ts';

/** `tamis sieve capabilities`: what scripts may require, one a line; with `json` as one list. */
export function sieveCapabilities({ json }: { json: boolean }, io: SieveIo): number {
  const names = capabilities();
  io.stdout(json ? `${JSON.stringify(names)}\n` : `${names.join('\n')}\n`);
  return EXIT.ok;
}
