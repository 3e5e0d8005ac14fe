import type { Config } from '../config/schema.ts';
import { availableCapabilities } from '../delivery/available.ts';
import type { DeliveryOptions } from '../delivery/delivery.ts';
import { createLists } from '../delivery/host/lists.ts';
import { bareJid } from '../delivery/xmpp/jid.ts';
import { defaultSieveLimits, type SieveLimits } from '../sieve/limits.ts';
import { createScriptFolder } from '../store/script-folder.ts';
import { version } from './version.ts';

/** What the configuration gives to Sieve scripts. */
export function scripting(
  config: Config,
): Pick<DeliveryOptions, 'available' | 'certainScore' | 'global' | 'lists' | 'sieve' | 'software' | 'zone'> {
  const { filter, sieve, policy } = config;
  const { before, after, global, lists, zone, vacation, duplicate, editheader } = sieve;
  const { xmpp, ...notify } = sieve.notify;
  const limits = Object.fromEntries(
    Object.keys(defaultSieveLimits).map((name) => [name, sieve[name as keyof SieveLimits]]),
  );
  const open = (folder: string) => createScriptFolder({ folder, maxScriptBytes: sieve.scriptBytes });
  return {
    global: {
      before: before.map(open),
      after: after.map(open),
      ...(global === '' ? {} : { included: open(global) }),
    },
    lists: createLists(lists),
    available: availableCapabilities(sieve),
    certainScore: filter.thresholds.reject ?? undefined,
    software: { name: 'Tamis', version: version() },
    sieve: {
      limits,
      settings: {
        vacation,
        notify: { ...notify, xmppFrom: bareJid(xmpp.jid) },
        duplicate,
        editheader,
        subaddress: { separators: policy.subaddressSeparator },
      },
    },
    zone: zone === '' ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone,
  };
}
