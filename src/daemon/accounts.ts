import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { Log } from '../log.ts';
import { createAccounts, type Accounts } from '../policy/accounts.ts';
import { openState } from '../state/open.ts';
import type { State } from '../state/types.ts';

/** The file of the SQLite driver. */
export const stateFile = ({ data }: Pick<Config, 'data'>): string => join(data, 'state.sqlite');

/** The state of a configuration; its SQLite file lies in the data folder. Rejects with a `StateError`. */
export function openConfiguredState(config: Config, log: Log): Promise<State> {
  if (config.state.driver === 'sqlite') mkdirSync(config.data, { recursive: true, mode: 0o700 });
  return openState({ settings: { ...config.state, path: stateFile(config) }, log });
}

export function openAccounts(config: Config, state: State): Accounts {
  return createAccounts({ state, settings: config.policy, random: randomBytes });
}
