import type { Discovery, DiscoveryMethod, Published, RecordLookup } from './discovery.ts';

/** A name of eight or more labels goes on with its last seven, so that a walk asks eight questions at most. */
const LABELS_AFTER_JUMP = 7;

/** RFC 9989 §4.10: records from the domain up to the root decide, no list of suffixes does. */
export const treeWalk: DiscoveryMethod = { name: 'treewalk', discover, organizationalDomain };

/**
 * RFC 9989 §4.10.1: the author's own record, else the one of the organizational domain, else the one of the public
 * suffix. Throws when a DNS error leaves open which one it is.
 */
async function discover(domain: string, lookup: RecordLookup): Promise<Discovery> {
  const { found, error } = await walk(domain, lookup);
  const [first] = found;
  const own = first?.domain === domain ? first : undefined;
  if (error !== undefined) {
    if (own === undefined) throw error;
    // What is above cannot change the policy, only what is aligned.
    return { policy: own, organizational: undefined, organizationalDomain: undefined, error };
  }
  const organizationalDomain = select(domain, found);
  const last = found.at(-1);
  const suffix = last?.record.psd === 'y' ? last : undefined;
  const organizational = found.find((one) => one.domain === organizationalDomain) ?? suffix;
  return { policy: own ?? organizational, organizational, organizationalDomain };
}

/** RFC 9989 §4.10.2. Throws when a DNS error hides it. */
async function organizationalDomain(domain: string, lookup: RecordLookup): Promise<string> {
  const { found, error } = await walk(domain, lookup);
  if (error !== undefined) throw error;
  return select(domain, found);
}

/** The records on the way up, longest name first, until one says that it is a public suffix's or an organization's. */
async function walk(domain: string, lookup: RecordLookup): Promise<{ found: Published[]; error?: unknown }> {
  const found: Published[] = [];
  let labels = domain.split('.');
  while (labels.length > 0) {
    const name = labels.join('.');
    try {
      const parsed = await lookup(name);
      if (parsed !== undefined) found.push({ domain: name, ...parsed });
      if (parsed !== undefined && parsed.record.psd !== 'u') break;
    } catch (error) {
      return { found, error };
    }
    labels = labels.length > LABELS_AFTER_JUMP ? labels.slice(-LABELS_AFTER_JUMP) : labels.slice(1);
  }
  return { found };
}

function select(domain: string, found: readonly Published[]): string {
  for (const { domain: publisher, record } of found) {
    if (record.psd === 'n') return publisher;
    // The organization is registered one label below its public suffix.
    if (record.psd === 'y' && publisher !== domain)
      return domain
        .split('.')
        .slice(-(publisher.split('.').length + 1))
        .join('.');
  }
  return found.at(-1)?.domain ?? domain;
}
