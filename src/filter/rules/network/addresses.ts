/** What of a message rules ask lists about. */
import { isIP } from 'node:net';
import { reverseName } from '../../../net/reverse-name.ts';
import type { Asking } from './types.ts';

/** Relays looked at: SpamAssassin's num_check_received. */
const MOST_RELAYS = 9;

/** An address as it stands before a zone: backwards. Undefined for what is none. */
export const backwards = (address: string): string | undefined =>
  reverseName(address)?.replace(/\.(?:in-addr|ip6)\.arpa$/, '');

/** Addresses of the newest relays outside, as `[ ip=… ]` of the pseudo field. */
export function lastExternal({ context: { views } }: Asking): Record<'ip' | 'rdns' | 'helo', string> {
  const [, newest = ''] = /^\s*\[ (.*?) \]/.exec(views.relays.external) ?? [];
  const value = (name: string): string => new RegExp(`(?:^| )${name}=(\\S*)`).exec(newest)?.[1] ?? '';
  return { ip: value('ip'), rdns: value('rdns'), helo: value('helo') };
}

/**
 * Addresses the name of a set asks for: of `-lastexternal` who handed it to us, of `-firsttrusted` who handed it to those
 * we trust, of `-untrusted` those before him, of `-notfirsthop` all but the first; without any all outside our trust.
 * Private addresses are in no list.
 */
export function relayAddresses(set: string, asking: Asking): string[] {
  const { untrustedRelays } = asking.context.views.relays;
  const all = untrustedRelays.slice(0, MOST_RELAYS);
  const open = (relays: typeof all): string[] =>
    [...new Set(relays.filter(({ isPrivate }) => !isPrivate).map(({ ip }) => ip))].filter(
      (ip) => isIP(ip) !== 0,
    );
  if (set.endsWith('-lastexternal')) {
    const { ip } = lastExternal(asking);
    return isIP(ip) === 0 ? [] : [ip];
  }
  if (set.endsWith('-firsttrusted')) return open(all.slice(0, 1));
  if (set.endsWith('-untrusted')) return open(all.slice(1));
  if (set.endsWith('-notfirsthop')) return open(all.length > 1 ? all.slice(0, -1) : all);
  return open(all);
}
