import { loadConfig } from '../../../config/load.ts';
import type { Log } from '../../../log.ts';
import type { Engine } from '../types.ts';
import { openBogofilter } from './bogofilter.ts';
import { openRspamd } from './rspamd.ts';
import { openSpamAssassin } from './spamassassin.ts';
import { openTamis } from './tamis.ts';

export type OpenEngine = () => Promise<Engine>;

/** For Tamis; the others are run as they ship, with nothing learned. */
export interface EngineOptions {
  /** File of the configuration. */
  config: string | undefined;
  /** It will be asked to learn, and begins with nothing learned. */
  learns: boolean;
  /** Train the model anew as well, without these sources. */
  trainModelWithout: readonly string[] | undefined;
  log: Log;
}

export type EngineName = 'tamis' | 'rspamd' | 'spamassassin' | 'bogofilter';

/** The engines of `--engine`. Each rejects with `EngineError` where its program is not installed. */
export const ENGINES: Readonly<Record<EngineName, (options: EngineOptions) => Promise<Engine>>> = {
  tamis: ({ config, ...options }) => openTamis(loadConfig(config, process.env), options),
  rspamd: () => openRspamd(),
  spamassassin: () => openSpamAssassin(),
  bogofilter: () => openBogofilter(),
};
