/** Eval functions on the way a message came. */
import { isIPv4 } from 'node:net';
import { organizationalDomain } from '../../views/domains.ts';
import type { Relay } from '../../views/types.ts';
import { isPrivateAddress } from '../relays/field.ts';
import { domainOf, envelopeSender, firstAddress } from './support/addresses.ts';
import type { EvalContext, EvalFunction } from './types.ts';

type Context = EvalContext;

const allTrusted: EvalFunction = ({ views: { relays } }) =>
  relays.trustedRelays.length > 0 && relays.untrustedRelays.length === 0 && relays.unparseable === 0;

const noRelays: EvalFunction = ({ views: { relays } }) =>
  relays.trustedRelays.length === 0 && relays.untrustedRelays.length === 0 && relays.unparseable === 0;

const unparseable: EvalFunction = ({ views: { relays } }) => relays.unparseable > 0;

const isPublicIpv4 = (text: string): boolean => isIPv4(text) && !isPrivateAddress(text);
const network24 = (address: string): string => address.slice(0, address.lastIndexOf('.') + 1);

/** A HELO that is an address, of another network than the client's. */
const heloMismatch: EvalFunction = ({ views: { relays } }) =>
  relays.untrustedRelays.some(
    ({ ip, helo }) => isPublicIpv4(helo) && isPublicIpv4(ip) && network24(helo) !== network24(ip),
  );

const numericHelo: EvalFunction = ({ views: { relays } }) =>
  relays.untrustedRelays.some(({ helo }) => isPublicIpv4(helo));

const DOTCOMS =
  /(?:\.|^)(?:lycos\.com|lycos\.co\.uk|hotmail\.com|localhost\.com|excite\.com|caramail\.com|cs\.com|aol\.com|msn\.com|yahoo\.com|drizzle\.com)$/i;

/** A large provider's name in HELO, without any reverse name: of the oldest relay on the internet. */
const dotcomHelo: EvalFunction = ({ views: { relays } }) => {
  const oldest = relays.untrustedRelays.findLast(({ isPrivate }) => !isPrivate);
  return oldest?.noReverseName === true && DOTCOMS.test(oldest.helo);
};

/** The oldest relay has a name with a dot, of the internet. */
const senderNoReverse: EvalFunction = ({ views: { relays } }) => {
  const oldest = relays.untrustedRelays.at(-1);
  return oldest?.rdns.includes('.') === true && !oldest.isPrivate;
};

/** The last two or three labels, by the rules of thumb these functions have always had; an address as it is. */
function roughDomain(host: string): string {
  if (!/[a-zA-Z]/.test(host)) return host;
  const labels = host.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length > 1 && /\S{3,}|ie|fr|de/.test(last)) return labels.slice(-2).join('.');
  return labels.slice(-3).join('.');
}

const HOST = /^\w[\w.-]+\.\w+$/;
const MAX_HOST = 255;
const isHost = (text: string): boolean => text.length <= MAX_HOST && HOST.test(text);

interface Mismatches {
  readonly from: number;
  readonly helo: number;
}

/** Relays that claim another name than the one who took the message from them gives them. */
function mismatches({ views: { relays } }: Context): Mismatches {
  const all = relays.untrustedRelays;
  const names = all.map(({ rdns, ip }) => {
    const name = roughDomain(rdns.toLowerCase());
    return /^localhost(?:\.localdomain)?$/.test(name) && ip === '127.0.0.1' ? undefined : name;
  });
  let [from, helo] = [0, 0];
  all.forEach((relay, index) => {
    const by = roughDomain(relay.by.toLowerCase());
    if (!isHost(by)) return;
    if (claimsOtherAddress(relay)) helo++;
    const newer = index === 0 ? undefined : names[index - 1];
    const isKnown = by === 'msn.com' && newer === 'hotmail.com';
    if (newer !== undefined && isHost(newer) && by !== newer && !isKnown) from++;
  });
  return { from, helo };
}

function claimsOtherAddress({ helo, ip }: Relay): boolean {
  const network16 = (address: string): string => address.split('.').slice(0, 2).join('.');
  return isIPv4(helo) && isIPv4(ip) && network16(helo) !== network16(ip) && !isPrivateAddress(helo);
}

const forgedTrail: EvalFunction = (context) => context.derived(mismatches).from > 1;
const forgedIpHelo: EvalFunction = (context) => context.derived(mismatches).helo > 0;

/** `check_for_from_domain_in_received_headers('example.com', 'true')` */
const fromDomainInReceived: EvalFunction = (context, [domain = '', desired]) => {
  const name = domain.toLowerCase();
  if (!firstAddress(context, 'From').toLowerCase().includes(name)) return false;
  const { trustedRelays, untrustedRelays } = context.views.relays;
  const found = [...trustedRelays, ...untrustedRelays].some(
    ({ rdns, by }) => rdns.toLowerCase().endsWith(name) && by.toLowerCase().endsWith(name),
  );
  return found === (desired === 'true');
};

/** The envelope's sender is of the domain of the relay that handed the message to us. */
const senderMatchesRelay: EvalFunction = (context) => {
  const domain = domainOf(envelopeSender(context));
  if (!domain.includes('.')) return false;
  const own = organizationalDomain(domain) ?? domain;
  const { trustedRelays, untrustedRelays } = context.views.relays;
  const relays = untrustedRelays.length > 0 ? untrustedRelays.slice(0, 1) : trustedRelays;
  return relays.some(({ rdns }) => rdns !== '' && (organizationalDomain(rdns) ?? rdns.toLowerCase()) === own);
};

export const relayEvals: Readonly<Record<string, EvalFunction>> = {
  check_all_trusted: allTrusted,
  check_no_relays: noRelays,
  check_relays_unparseable: unparseable,
  helo_ip_mismatch: heloMismatch,
  check_for_numeric_helo: numericHelo,
  check_for_no_rdns_dotcom_helo: dotcomHelo,
  check_for_sender_no_reverse: senderNoReverse,
  check_for_forged_received_trail: forgedTrail,
  check_for_forged_received_ip_helo: forgedIpHelo,
  check_for_from_domain_in_received_headers: fromDomainInReceived,
  check_mailfrom_matches_rcvd: senderMatchesRelay,
  check_for_illegal_ip: () => false,
};
