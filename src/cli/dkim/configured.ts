import type { SigningKey } from '../../authentication/signing/keys.ts';
import { loadConfig, type LoadedConfig } from '../../config/load.ts';
import { ConfigError } from '../../config/read.ts';
import { type Io, paint } from '../io.ts';

/** A key, and what it is for. */
export interface ConfiguredKey extends SigningKey {
  use: 'dkim' | 'arc';
}

/** The keys of the configuration, of one domain or all; undefined, and the reason on standard error, when there are none. */
export function configuredKeys(
  domain: string | undefined,
  file: string | undefined,
  io: Pick<Io, 'stderr' | 'color'>,
): { loaded: LoadedConfig; keys: ConfiguredKey[] } | undefined {
  const complain = (text: string): undefined => {
    for (const line of text.split('\n')) io.stderr(`${paint(io, 'red', line)}\n`);
    return undefined;
  };
  let loaded: LoadedConfig;
  try {
    loaded = loadConfig(file, process.env, { keys: true });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return complain(error.message);
  }
  const { dkim = [], arc } = loaded.keys?.keys ?? {};
  const all: ConfiguredKey[] = dkim.map((key) => ({ ...key, use: 'dkim' }));
  if (arc !== undefined) all.push({ ...arc, use: 'arc' });
  const wanted = domain?.toLowerCase().replace(/\.$/, '');
  const keys = all.filter((key) => wanted === undefined || key.domain === wanted);
  if (keys.length > 0) return { loaded, keys };
  return complain(
    wanted === undefined
      ? 'tamis: no keys are configured (signing.keys, arc.seal)'
      : `tamis: no key of ${wanted} is configured`,
  );
}
