import type { Config } from '../config/schema.ts';
import type { DeliveryOptions } from '../delivery/delivery.ts';
import { createLists } from '../delivery/host/lists.ts';
import { createScriptFolder } from '../store/script-folder.ts';
import { version } from './version.ts';

/** What the configuration gives to Sieve scripts. */
export function scripting(
  config: Config,
): Pick<DeliveryOptions, 'certainScore' | 'global' | 'lists' | 'sieve' | 'software' | 'zone'> {
  const { filter, sieve, policy } = config;
  const { before, after, global, lists, zone, vacation, notify, duplicate, editheader, ...limits } = sieve;
  const open = (folder: string) => createScriptFolder({ folder, maxScriptBytes: limits.scriptBytes });
  return {
    global: {
      before: before.map(open),
      after: after.map(open),
      ...(global === '' ? {} : { included: open(global) }),
    },
    lists: createLists(lists),
    certainScore: filter.thresholds.reject ?? undefined,
    software: { name: 'Tamis', version: version() },
    sieve: {
      limits,
      settings: {
        vacation,
        notify,
        duplicate,
        editheader,
        subaddress: { separators: policy.subaddressSeparator },
      },
    },
    zone: zone === '' ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone,
  };
}
