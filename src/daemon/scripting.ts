import type { Config } from '../config/schema.ts';
import { availableCapabilities } from '../delivery/available.ts';
import type { DeliveryOptions } from '../delivery/delivery.ts';
import { createLists } from '../delivery/host/lists.ts';
import type { ImapEventSettings } from '../delivery/imap-events/settings.ts';
import { bareJid } from '../delivery/xmpp/jid.ts';
import { parseEndpoint } from '../net/endpoint.ts';
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

/** With the URL by which clients find the ManageSieve server (RFC 5804 §3); '' when there is none. */
export function imapEventSettings({ hostname, servers, sieve }: Config): ImapEventSettings {
  const [listen] = servers.managesieve.listen;
  if (sieve.imap.url !== '' || listen === undefined) return sieve.imap;
  const endpoint = parseEndpoint(listen);
  const port = 'port' in endpoint && endpoint.port !== SIEVE_PORT ? `:${endpoint.port}` : '';
  return { ...sieve.imap, url: `sieve://${hostname}${port}` };
}

/** RFC 5804 §1.8. */
const SIEVE_PORT = 4190;
