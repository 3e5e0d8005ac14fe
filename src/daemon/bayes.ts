import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import { viewTable } from '../filter/bayes/load.ts';
import { BayesStore } from '../filter/bayes/store.ts';
import type { Log } from '../log.ts';

/** Where what was learned is kept. */
export const bayesFolder = ({ data }: Pick<Config, 'data'>): string => join(data, 'bayes');

/** Milliseconds we wait for a `tamis learn` to end, or for the daemon before us. */
const PATIENCE = 30_000;

/** Keeps what was learned, for the daemon: there is one in a data folder. Undefined when it is switched off. */
export async function openBayes(config: Config, log: Log): Promise<BayesStore | undefined> {
  const settings = config.filter.bayes;
  if (!settings.enabled) return undefined;
  const folder = bayesFolder(config);
  const store = await BayesStore.open({ folder, settings, log, now: Date.now }, PATIENCE);
  if (store === undefined) throw new Error(`${folder}: another process keeps what was learned`);
  return store;
}

/** The table as it is now, for a command that only looks; a daemon may run meanwhile. */
export async function viewBayes(config: Config, log: Log): Promise<SharedArrayBuffer | undefined> {
  const settings = config.filter.bayes;
  if (!settings.enabled) return undefined;
  return (await viewTable({ folder: bayesFolder(config), settings, log })).table.memory;
}
