import type { SigningMaterial } from '../authentication/signing/signer.ts';
import type { LoadedConfig } from '../config/load.ts';
import { createPool, type Pool, type PoolObserver } from '../filter/pool.ts';
import type { ScannerSettings } from '../filter/worker-task.ts';
import type { Log } from '../log.ts';

/** What the workers of the pool are started with. */
function scannerSettings({ config, zone }: LoadedConfig): ScannerSettings {
  const { zone: _, ...dns } = config.dns;
  const { reports: _reports, ...dmarc } = config.dmarc;
  return {
    filter: config.filter,
    authentication: {
      ...config.authentication,
      authservId: config.authentication.authservId ?? config.hostname,
      dmarc,
      arc: { trustedSealers: config.arc.trustedSealers },
      bimi: config.bimi,
    },
    dns: zone === undefined ? dns : { ...dns, zone },
    message: config.message,
  };
}

/** The filter of a configuration: a pool of workers, starting. They can sign when they are given `signing`. */
export function openScanner(
  loaded: LoadedConfig,
  log: Log,
  observer?: PoolObserver,
  signing?: SigningMaterial,
): Pool {
  return createPool({
    ...scannerSettings(loaded),
    log,
    ...(observer === undefined ? {} : { observer }),
    ...(signing === undefined ? {} : { signing }),
  });
}
