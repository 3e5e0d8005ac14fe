import { join } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { DeliveryOptions } from '../delivery/delivery.ts';
import { createScriptLog } from '../delivery/script-log.ts';
import type { Log } from '../log.ts';
import type { SessionOptions } from '../servers/managesieve/options.ts';
import { capabilities, compile } from '../sieve/index.ts';
import type { State } from '../state/types.ts';
import { createScriptStore } from '../store/script-store.ts';
import { scripting } from './scripting.ts';

export type ScriptEditing = Omit<SessionOptions, 'settings' | 'sasl' | 'log'>;

/** What a server needs by which users edit their scripts: where they lie, and the compiler as delivery uses it. */
export function scriptEditing(config: Config, state: State, log: Log): ScriptEditing {
  // What delivery compiles with.
  const { sieve, available = [] }: Partial<DeliveryOptions> = scripting(config);
  const limits = sieve?.limits;
  // Those that can be required here: some need what this installation does not have.
  const usable = capabilities().filter(
    (name) => compile(`require ${JSON.stringify(name)};`, { available }).script !== undefined,
  );
  const scriptLog = createScriptLog(state, Date.now, log);
  return {
    scripts: createScriptStore({ folder: join(config.data, 'sieve'), settings: config.store }),
    compile: (source, name, include) =>
      compile(source, { name, limits, available, ...(include === undefined ? {} : { include }) }),
    capabilities: () => usable,
    lastFaults: (account) => scriptLog.warnings(account),
    scriptBytes: config.store.maxScriptBytes,
    redirects: config.sieve.redirects,
  };
}
