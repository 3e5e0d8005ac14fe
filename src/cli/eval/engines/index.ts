import { loadConfig } from '../../../config/load.ts';
import type { Log } from '../../../log.ts';
import type { Engine } from '../types.ts';
import { openTamis } from './tamis.ts';

/** An engine that cannot be run here. */
export class EngineError extends Error {}

export type OpenEngine = () => Promise<Engine>;

export interface EngineOptions {
  /** Of Tamis. */
  config: string | undefined;
  /** It will be asked to learn, and begins with nothing learned. */
  learns: boolean;
  /** Of Tamis: train the model anew as well, without these sources. */
  trainModelWithout: readonly string[] | undefined;
  log: Log;
}

export type EngineName = 'tamis';

/** The engines of `--engine`. Each throws {@link EngineError} where its program is not installed. */
export const ENGINES: Readonly<Record<EngineName, (options: EngineOptions) => Promise<Engine>>> = {
  tamis: ({ config, ...options }) => openTamis(loadConfig(config, process.env), options),
};
