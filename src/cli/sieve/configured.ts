import { loadConfig } from '../../config/load.ts';
import { ConfigError } from '../../config/read.ts';
import { availableCapabilities } from '../../delivery/available.ts';
import { EXIT, paint } from '../io.ts';
import { sieveCapabilities } from './capabilities.ts';
import type { SieveIo } from './read.ts';

/** `tamis sieve capabilities --config FILE`: what scripts may require there, and why they may not require the rest. */
export function configuredCapabilities(
  { config, json }: { config: string; json: boolean },
  io: SieveIo,
): number {
  try {
    const { sieve } = loadConfig(config, process.env).config;
    return sieveCapabilities({ json, available: availableCapabilities(sieve) }, io);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    io.stderr(`${paint(io, 'red', `tamis: ${error.message}`)}\n`);
    return EXIT.input;
  }
}
