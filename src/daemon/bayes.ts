import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { BayesHost } from '../filter/bayes/host.ts';
import { viewTable } from '../filter/bayes/load.ts';
import { SharedStore } from '../filter/bayes/shared-store.ts';
import { BayesStore } from '../filter/bayes/store.ts';
import type { Log } from '../log.ts';
import { isOnReadOnlyDisk } from '../state/read-only.ts';
import type { State, TokenTable } from '../state/types.ts';
import { openConfiguredState } from './accounts.ts';

/** Milliseconds we wait for a `tamis learn` to end, or for the daemon before us: mail waits meanwhile. */
const PATIENCE = 10_000;

/** Seconds in which one of the nodes sweeps old tokens out of the state. */
const SWEEP_INTERVAL = 86_000;

/** Where what was learned is kept. */
export const bayesFolder = ({ data }: Pick<Config, 'data'>): string => join(data, 'bayes');

/** Where the state keeps what was learned. */
export const bayesTokens = (state: State): TokenTable => state.tokens('bayes');

/** Counts in the state that nodes share. */
export const sharedBayes = (config: Config, state: State, log: Log): SharedStore =>
  new SharedStore({
    tokens: bayesTokens(state),
    settings: config.filter.bayes,
    claim: () => state.putIfAbsent('bayes/swept', new Uint8Array(), SWEEP_INTERVAL),
    log,
    now: Date.now,
  });

/**
 * Keeps what was learned, for the daemon. Undefined when it is switched off. Where another process keeps the files, it
 * judges by what they hold now and learns nothing: no reason to take no mail.
 */
export async function openBayesHost(config: Config, state: State, log: Log): Promise<BayesHost | undefined> {
  const { enabled, backend } = config.filter.bayes;
  if (!enabled) return undefined;
  if (backend === 'state') return sharedBayes(config, state, log);
  if (isOnReadOnlyDisk(join(bayesFolder(config), '.'))) {
    log.warn({ folder: bayesFolder(config) }, 'the disk is read-only: nothing is learned');
    return viewBayesHost(config, log);
  }
  const store = await openFiles(config, log);
  if (store !== undefined) return store;
  log.error(
    { folder: bayesFolder(config) },
    'another process keeps what was learned: nothing is learned here',
  );
  return viewBayesHost(config, log);
}

/** The one keeper of the files in the data folder. Undefined when it is switched off. */
export async function openBayes(config: Config, log: Log): Promise<BayesStore | undefined> {
  if (!config.filter.bayes.enabled) return undefined;
  const store = await openFiles(config, log);
  if (store === undefined) throw new Error(`${bayesFolder(config)}: another process keeps what was learned`);
  return store;
}

const openFiles = (config: Config, log: Log): Promise<BayesStore | undefined> =>
  BayesStore.open(
    { folder: bayesFolder(config), settings: config.filter.bayes, log, now: Date.now },
    PATIENCE,
  );

/** The table in the files as it is now, beside a running daemon or without one. Undefined when it is switched off. */
export async function viewBayes(config: Config, log: Log): Promise<SharedArrayBuffer | undefined> {
  const settings = config.filter.bayes;
  if (!settings.enabled) return undefined;
  return (await viewTable({ folder: bayesFolder(config), settings, log })).table.memory;
}

/** What a command judges by that only looks. */
export async function viewBayesHost(config: Config, log: Log): Promise<BayesHost | undefined> {
  const { enabled, backend } = config.filter.bayes;
  if (!enabled) return undefined;
  const looking = { learn: () => Promise.resolve([]), start: () => undefined };
  if (backend === 'file') {
    const memory = await viewBayes(config, log);
    return memory === undefined ? undefined : { ...looking, memory, close: () => Promise.resolve() };
  }
  const state = await openConfiguredState(config, log);
  const shared = sharedBayes(config, state, log);
  return {
    ...looking,
    memory: shared.memory,
    fetch: (tokens) => shared.fetch(tokens),
    close: () => state.close(),
  };
}
