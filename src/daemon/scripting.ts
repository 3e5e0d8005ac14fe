import type { Config } from '../config/schema.ts';
import type { DeliveryOptions } from '../delivery/delivery.ts';
import { createLists } from '../delivery/host/lists.ts';
import { bareJid } from '../delivery/xmpp-notifier.ts';
import { createScriptFolder } from '../store/script-folder.ts';
import { version } from './version.ts';

/** What the configuration gives to Sieve scripts. */
export function scripting(
  config: Config,
): Pick<DeliveryOptions, 'available' | 'certainScore' | 'global' | 'lists' | 'sieve' | 'software' | 'zone'> {
  const { filter, sieve, policy } = config;
  const { before, after, global, lists, zone, programs, calendars, snooze, converters: _, ...rest } = sieve;
  const { vacation, notify: ways, duplicate, editheader, ...limits } = rest;
  const { xmpp, ...notify } = ways;
  const open = (folder: string) => createScriptFolder({ folder, maxScriptBytes: limits.scriptBytes });
  return {
    global: {
      before: before.map(open),
      after: after.map(open),
      ...(global === '' ? {} : { included: open(global) }),
    },
    lists: createLists(lists),
    // Those of programs that nobody listed are refused, with the reason.
    available: [
      ...(['pipe', 'filter', 'execute'] as const)
        .filter((command) => programs.folder !== '' && programs[command].length > 0)
        .map((command) => `vnd.dovecot.${command}`),
      // Some conversions need no program.
      'convert',
      ...(snooze.mailbox === '' ? [] : ['snooze']),
      ...(calendars.folder === '' ? [] : ['processcalendar']),
    ],
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
