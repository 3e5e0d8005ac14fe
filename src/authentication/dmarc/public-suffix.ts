import { organizationalDomain as registeredDomain } from '../organizational-domain.ts';
import type { Discovery, DiscoveryMethod, RecordLookup } from './discovery.ts';

/** RFC 7489 §3.2: the Public Suffix List says where an organization begins. */
export const publicSuffixList: DiscoveryMethod = {
  name: 'psl',
  discover,
  organizationalDomain: (domain) => Promise.resolve(registeredDomain(domain)),
};

/** RFC 7489 §6.6.3: the author's own record, else the one of the organizational domain. */
async function discover(domain: string, lookup: RecordLookup): Promise<Discovery> {
  const organizationalDomain = registeredDomain(domain);
  const published = async (name: string) => {
    const parsed = await lookup(name);
    return parsed === undefined ? undefined : { domain: name, ...parsed };
  };
  const own = await published(domain);
  try {
    const organizational = organizationalDomain === domain ? own : await published(organizationalDomain);
    return { policy: own ?? organizational, organizational, organizationalDomain };
  } catch (error) {
    if (own === undefined) throw error;
    return { policy: own, organizational: undefined, organizationalDomain };
  }
}
