import { parse } from 'tldts';

/** What a host is under. */
export interface Domains {
  /** The registered domain of a host, an IP address itself; undefined when its last label is no top level domain. */
  organizational(host: string): string | undefined;
  /** The part of a host under which domains are registered; undefined when its last label is none. */
  suffix(host: string): string | undefined;
}

interface Parts {
  readonly domain: string | undefined;
  readonly suffix: string | undefined;
}

/** Domain and suffix are kept by host: the same few stand in every message. */
const MAX_KNOWN = 5000;
/** Labels of the longest suffix a rule file can name (`util_rb_3tld`). */
const MAX_SUFFIX_LABELS = 3;

/**
 * Domains by the public suffix list, and by suffixes that a site adds to it (`util_rb_tld` and its kin), in lower case:
 * the one with more labels counts.
 */
export function createDomains(added: ReadonlySet<string> = new Set()): Domains {
  const known = new Map<string, Parts>();
  const partsOf = (name: string): Parts => {
    const host = name.toLowerCase();
    let found = known.get(host);
    if (found === undefined) {
      const listed = publicParts(host);
      found = added.size === 0 ? listed : (addedParts(host, added, listed) ?? listed);
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(host, found);
    }
    return found;
  };
  return { organizational: (host) => partsOf(host).domain, suffix: (host) => partsOf(host).suffix };
}

function publicParts(host: string): Parts {
  const {
    domain,
    publicSuffix: suffix,
    isIcann,
    isPrivate,
    isIp,
    hostname,
  } = parse(host, { allowPrivateDomains: false });
  const real = isIcann === true || isPrivate === true;
  return {
    domain: isIp === true ? (hostname ?? undefined) : real ? (domain ?? undefined) : undefined,
    suffix: real ? (suffix ?? undefined) : undefined,
  };
}

/** A host that is itself such a suffix is none of those under it. */
function addedParts(host: string, added: ReadonlySet<string>, listed: Parts): Parts | undefined {
  const labels = host.replace(/\.$/, '').split('.');
  if (labels.includes('')) return undefined;
  const atLeast = listed.suffix === undefined ? 1 : listed.suffix.split('.').length + 1;
  for (let count = Math.min(MAX_SUFFIX_LABELS, labels.length - 1); count >= atLeast; count--) {
    const suffix = labels.slice(-count).join('.');
    if (added.has(suffix)) return { domain: labels.slice(-count - 1).join('.'), suffix };
  }
  return undefined;
}

/** By the public suffix list alone. */
export const publicDomains: Domains = createDomains();
export const organizationalDomain = (host: string): string | undefined => publicDomains.organizational(host);
export const publicSuffix = (host: string): string | undefined => publicDomains.suffix(host);
