import type { Log } from '../log.ts';
import type { StateSettings } from './settings.ts';
import { createSqliteState } from './sqlite.ts';
import type { State } from './types.ts';

export interface OpenStateOptions {
  settings: StateSettings;
  log: Log;
  /** Milliseconds since the epoch. Redis has a clock of its own. */
  now?: () => number;
}

/** Opens the driver the settings name. Rejects with a `StateError` when the SQLite file cannot be used. */
export async function openState({ settings, log, now }: OpenStateOptions): Promise<State> {
  if (settings.driver === 'redis') {
    // Loaded only where it is used: it costs 35 ms and 20 MB at start.
    const { createRedisState } = await import('./redis.ts');
    return createRedisState({ settings: settings.redis, log });
  }
  const { path, timeout, sizeLimit } = settings;
  return createSqliteState({ path, timeout, sizeLimit, log, now });
}
