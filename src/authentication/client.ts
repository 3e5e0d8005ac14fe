import type { Envelope } from '../message/envelope.ts';
import type { Message } from '../message/types.ts';
import { Networks, plainAddress } from '../net/networks.ts';
import type { Resolver } from '../net/resolver.ts';
import { checkReverseName } from './iprev.ts';
import { normalDomain } from './organizational-domain.ts';
import { upstreamResults } from './results/upstream.ts';
import type { UpstreamResults } from './results/upstream.ts';
import type { AuthenticationSettings } from './settings.ts';
import { checkSpf } from './spf.ts';
import type { AuthenticationResult, SpfResult } from './types.ts';

/** What is known of the client that brought a message. */
export interface ClientResults {
  /** False: nothing is known of the client that sent it into the world, so that SPF has no say. */
  known: boolean;
  spf: SpfResult;
  spfHelo?: SpfResult;
  iprev: AuthenticationResult;
  /** What a relay of ours found out instead of us. */
  upstream?: UpstreamResults;
}

/** Runs one check; gives `otherwise` when it fails by a fault of ours. */
type Guard = <T>(what: string, work: () => Promise<T>, otherwise: T) => Promise<T>;

/** SPF and iprev of the client, or of the client of our relay as that reports it. */
export function createClientCheck(settings: AuthenticationSettings, authservId: string, guarded: Guard) {
  const local = new Networks(settings.localNetworks);
  const relays = new Networks(settings.relayNetworks);
  const trusted = new Set(settings.trustedAuthservIds.map(normalDomain));

  return async (message: Message, envelope: Envelope, resolver: Resolver): Promise<ClientResults> => {
    const { address, name, helo = '', user } = envelope.client;
    const domain = envelope.sender === '' ? helo : domainOf(envelope.sender);
    const identity = envelope.sender === '' ? 'helo' : 'mailfrom';
    const silent: SpfResult = { result: 'none', domain, identity };
    const nobody: ClientResults = { known: false, spf: silent, iprev: 'none' };
    if (address === undefined || user !== undefined) return nobody;
    if (relays.has(address)) {
      const upstream = upstreamResults(message, trusted);
      if (upstream === undefined) return nobody;
      const { spfHelo, iprev = 'none', dmarc } = upstream;
      // As for our own check: the HELO name is what counts only where there is no sender (RFC 7208 §2.4).
      const spf = upstream.spf ?? (envelope.sender === '' ? spfHelo : undefined) ?? silent;
      const taken: ClientResults = { known: spf !== silent || dmarc !== undefined, spf, iprev, upstream };
      return spfHelo === undefined || spfHelo === spf ? taken : { ...taken, spfHelo };
    }
    if (local.has(address)) return nobody;
    const request = { address: plainAddress(address), helo, sender: envelope.sender, receiver: authservId };
    const failed: SpfResult = { ...silent, result: 'temperror' };
    const failedHelo: SpfResult = { ...failed, domain: helo, identity: 'helo' };
    const asksHelo = settings.spfHelo && envelope.sender !== '' && helo.includes('.');
    const [spf, spfHelo, iprev] = await Promise.all([
      guarded('spf', () => checkSpf(request, resolver, settings.limits), failed),
      asksHelo
        ? guarded('spf', () => checkSpf({ ...request, sender: '' }, resolver, settings.limits), failedHelo)
        : undefined,
      name === undefined
        ? guarded('iprev', () => checkReverseName(request.address, resolver), 'temperror' as const)
        : ('pass' as const),
    ]);
    return { known: true, spf, iprev, ...(spfHelo !== undefined && { spfHelo }) };
  };
}

function domainOf(address: string): string {
  return address
    .slice(address.lastIndexOf('@') + 1)
    .slice(0, 320)
    .toLowerCase();
}
