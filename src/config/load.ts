import { existsSync, realpathSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { readKeys, type ReadKeys } from '../authentication/signing/keys.ts';
import type { Zone } from '../net/zone-resolver.ts';
import { contradictions } from './contradictions.ts';
import { parseConfig, readConfigText } from './read.ts';
import { configSchema, type Config } from './schema.ts';
import { readZone } from './zone.ts';

export interface LoadedConfig {
  config: Config;
  /** The parsed `dns.zone`. */
  zone: Zone | undefined;
  /** Absolute path of the file it came from; undefined for the defaults. */
  file: string | undefined;
  /** The private keys of `signing` and `arc`; undefined when they were not asked for. */
  keys?: Pick<ReadKeys, 'keys' | 'warnings'> | undefined;
}

export interface LoadOptions {
  /** Also read the private keys: what is wrong with them is a fault like others. Only who signs may read them. */
  keys?: boolean;
}

/** Where a configuration lies when nobody names one: made by `npm start` in this folder, or put there by the admin. */
const PLACES = ['data/tamis.yaml', '/etc/tamis/tamis.yaml'];

/** For the help of the commands. */
export const CONFIG_OPTION = `configuration file (default: TAMIS_CONFIG, ${PLACES.join(', ')}, else the defaults)`;

/**
 * Reads the configuration: the file named, else the one of TAMIS_CONFIG, else the first of {@link PLACES} that is
 * there, else the defaults. Relative paths in a file count from its folder. Throws {@link ConfigError} with every fault
 * at once.
 */
export function loadConfig(
  file: string | undefined,
  environment: NodeJS.ProcessEnv,
  options: LoadOptions = {},
): LoadedConfig {
  const named = file ?? (environment['TAMIS_CONFIG'] || PLACES.find((place) => existsSync(place)));
  const path = named === undefined ? undefined : resolve(named);
  const text = path === undefined ? '' : readConfigText(path);
  return {
    ...parseText(
      named ?? 'defaults',
      text,
      path === undefined ? process.cwd() : resolve(path, '..'),
      options,
    ),
    file: path,
  };
}

/** The same from a text; `folder` is where relative paths count from. */
export function parseText(
  name: string,
  text: string,
  folder: string,
  options: LoadOptions = {},
): Omit<LoadedConfig, 'file'> {
  const absolute = (path: string): string => (path === '' ? '' : resolve(folder, path));
  let keys: ReadKeys | undefined;
  const config = parseConfig(name, text, configSchema, (parsed) => {
    for (const key of parsed.signing.keys) key.file = absolute(key.file);
    if (parsed.arc.seal !== undefined) parsed.arc.seal.file = absolute(parsed.arc.seal.file);
    if (options.keys === true) keys = readKeys(parsed.signing, parsed.arc, Date.now());
    return [...contradictions(parsed), ...(keys?.faults ?? [])];
  });
  config.hostname ||= hostname();
  config.data = behindLinks(absolute(config.data));
  config.tls = { certificate: absolute(config.tls.certificate), key: absolute(config.tls.key) };
  config.dns.zone = absolute(config.dns.zone);
  config.filter.rules.files = config.filter.rules.files.map(absolute);
  config.filter.model.file = absolute(config.filter.model.file);
  for (const list of Object.values(config.filter.maps.lists))
    if (list.file !== undefined) list.file = absolute(list.file);
  const { outbound } = config.delivery;
  outbound.folder = absolute(outbound.folder);
  const { sieve } = config;
  sieve.before = sieve.before.map(absolute);
  sieve.after = sieve.after.map(absolute);
  sieve.global = absolute(sieve.global);
  sieve.programs.folder = absolute(sieve.programs.folder);
  sieve.calendars.folder = absolute(sieve.calendars.folder);
  sieve.imap.folder = absolute(sieve.imap.folder);
  sieve.lists = sieve.lists.map((list) => ({ ...list, file: absolute(list.file) }));
  return { config, zone: config.dns.zone === '' ? undefined : readZone(config.dns.zone), keys };
}

/** An admin may have the data folder elsewhere by a link; below it links are refused. */
function behindLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not there yet, or not to be read: whoever opens it says so.
    return path;
  }
}
