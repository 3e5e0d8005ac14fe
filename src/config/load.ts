import { resolve } from 'node:path';
import { ConfigError, parseConfig, readConfigText, type ConfigFault } from './read.ts';
import { configSchema, type Config } from './schema.ts';
import { readZone } from './zone.ts';

/** Settings as loaded, with the file they came from. */
export interface LoadedConfig {
  config: Config;
  /** Absolute path; undefined for the embedded defaults. */
  file: string | undefined;
}

/**
 * Reads the configuration: the file named, else the one of TAMIS_CONFIG, else the defaults. Relative paths in a file
 * count from its folder. Throws {@link ConfigError} with every fault at once.
 */
export function loadConfig(file: string | undefined, environment: NodeJS.ProcessEnv): LoadedConfig {
  const named = file ?? (environment['TAMIS_CONFIG'] || undefined);
  const path = named === undefined ? undefined : resolve(named);
  const text = path === undefined ? '' : readConfigText(path);
  const shown = named ?? 'defaults';
  const config = parseConfig(shown, text, configSchema);
  const folder = path === undefined ? process.cwd() : resolve(path, '..');
  const faults: ConfigFault[] = [];
  config.data = resolve(folder, config.data);
  if (config.tls.certificate !== '') config.tls.certificate = resolve(folder, config.tls.certificate);
  if (config.tls.key !== '') config.tls.key = resolve(folder, config.tls.key);
  if (config.dns.zone !== '') config.dns.zone = resolve(folder, config.dns.zone);
  faults.push(...contradictions(config));
  if (faults.length > 0) throw new ConfigError(shown, faults);
  if (config.dns.zone !== '') config.dnsZone = readZone(config.dns.zone);
  return { config, file: path };
}
