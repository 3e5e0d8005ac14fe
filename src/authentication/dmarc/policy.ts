import type { Client } from '../../message/envelope.ts';
import type { Message } from '../../message/types.ts';
import { Networks, networkFault } from '../../net/networks.ts';
import { normalDomain } from '../organizational-domain.ts';
import { trustedPass } from '../results/arc-results.ts';
import type { ArcResult, DkimResult, DmarcOverride, DmarcPolicy, DmarcResult, SpfResult } from '../types.ts';
import type { ArcSettings, DmarcSettings } from './settings.ts';

/** What else is known of the message. */
export interface PolicyContext {
  message: Message;
  client: Client;
  spf: SpfResult;
  spfHelo?: SpfResult;
  dkim: readonly DkimResult[];
  arc: ArcResult;
}

export type Applied = Pick<DmarcResult, 'disposition' | 'overrides' | 'spared'>;

const SEVERITY: Readonly<Record<DmarcPolicy, number>> = { none: 0, quarantine: 1, reject: 2 };
const MOST: Readonly<Record<DmarcSettings['apply'], DmarcPolicy>> = {
  score: 'none',
  quarantine: 'quarantine',
  reject: 'reject',
};
/** RFC 2919 §2: the identifier stands between the last angle brackets. */
const LIST_ID = /<([^<>]{1,255})>[^<>]{0,200}$/;

/**
 * What is done about a message for DMARC's sake. What is known here goes before what the domain asks for: exempt
 * networks, forwarders, believed ARC seals and lists first, then the overrides by domain, then the record's policy, of
 * which no more than `apply` is done.
 */
export function createDmarcPolicy(
  settings: DmarcSettings,
  arcSettings: ArcSettings,
): (result: DmarcResult, context: PolicyContext) => Applied {
  const exempt = new Networks(settings.exemptNetworks);
  const forwarders = settings.trustedForwarders;
  const isNetwork = (entry: string): boolean => networkFault(entry) === undefined;
  const forwardingNetworks = new Networks(forwarders.filter(isNetwork));
  const forwardingDomains = domainSet(forwarders.filter((entry) => !isNetwork(entry)));
  const lists = domainSet(settings.mailingLists);
  const sealers = domainSet(arcSettings.trustedSealers);
  const overrides = new Map(
    Object.entries(settings.overrides).map(([domain, policy]) => [normalDomain(domain), policy]),
  );

  function spare(result: DmarcResult, context: PolicyContext): DmarcOverride | undefined {
    const { message, client, arc } = context;
    if (exempt.has(client.address)) return { type: 'local_policy', comment: 'exempt network' };
    if (forwardingNetworks.has(client.address)) return { type: 'trusted_forwarder' };
    const proven = provenDomains(context);
    const forwarder = proven.find((domain) => contains(forwardingDomains, domain));
    if (forwarder !== undefined) return { type: 'trusted_forwarder', comment: forwarder };
    const sealed = trustedPass(message, arc, result.domain, (domain) => contains(sealers, domain));
    if (sealed !== undefined) return { type: 'local_policy', comment: sealed };
    const list = listDomain(message);
    const listed = above(list).find((name) => lists.has(name));
    if (listed !== undefined && proven.some((domain) => domain === listed || domain.endsWith(`.${listed}`)))
      return { type: 'mailing_list', comment: list };
    return undefined;
  }

  return (result, context) => {
    const { policy } = result;
    if (policy === undefined) return {};
    if (result.result !== 'fail') return { disposition: 'none' };
    const spared = spare(result, context);
    if (spared !== undefined) return { disposition: 'none', overrides: [spared], spared: true };
    const own = above(result.domain).find((domain) => overrides.has(domain));
    const chosen = own === undefined ? undefined : overrides.get(own);
    if (chosen !== undefined)
      return {
        disposition: chosen,
        ...(chosen !== policy && { overrides: [{ type: 'local_policy', comment: `rule for ${own}` }] }),
        ...(chosen === 'none' && { spared: true }),
      };
    const reasons: DmarcOverride[] = [];
    if (result.publishedPolicy !== undefined && result.publishedPolicy !== policy)
      reasons.push({ type: 'policy_test_mode' });
    const most = MOST[settings.apply];
    const disposition = SEVERITY[policy] > SEVERITY[most] ? most : policy;
    if (disposition !== policy) reasons.push({ type: 'local_policy', comment: `apply: ${settings.apply}` });
    return { disposition, ...(reasons.length > 0 && { overrides: reasons }) };
  };
}

/** Domains SPF or DKIM proves to have had the message in hand. */
function provenDomains({ spf, spfHelo, dkim }: PolicyContext): string[] {
  return [spf, spfHelo, ...dkim]
    .filter((one) => one?.result === 'pass')
    .map((one) => normalDomain(one?.domain ?? ''));
}

/** The list's name in List-Id (RFC 2919 §2), '' without one. */
function listDomain(message: Message): string {
  const value = message.header.get('list-id')?.value ?? '';
  const name = LIST_ID.exec(value.slice(-500))?.[1] ?? '';
  return normalDomain(name.replace(/\s+/g, ''));
}

const domainSet = (domains: readonly string[]): ReadonlySet<string> => new Set(domains.map(normalDomain));

const contains = (domains: ReadonlySet<string>, domain: string): boolean =>
  domains.size > 0 && above(domain).some((name) => domains.has(name));

/** A name and all above it, longest first. */
function above(domain: string): string[] {
  const labels = domain.split('.').slice(-127);
  return labels.map((_, index) => labels.slice(index).join('.'));
}
