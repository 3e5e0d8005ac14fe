import { parse } from 'tldts';

/** Domain and suffix by host: the same few stand in every message. */
const known = new Map<string, { domain: string | undefined; suffix: string | undefined }>();
const MAX_KNOWN = 5000;

function lookUp(host: string): { domain: string | undefined; suffix: string | undefined } {
  let found = known.get(host);
  if (found === undefined) {
    const {
      domain,
      publicSuffix: suffix,
      isIcann,
      isPrivate,
      isIp,
      hostname,
    } = parse(host, { allowPrivateDomains: false });
    const real = isIcann === true || isPrivate === true;
    found = {
      domain: isIp === true ? (hostname ?? undefined) : real ? (domain ?? undefined) : undefined,
      suffix: real ? (suffix ?? undefined) : undefined,
    };
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(host, found);
  }
  return found;
}

/** The registered domain of a host, an IP address itself; undefined when its last label is no top level domain. */
export const organizationalDomain = (host: string): string | undefined => lookUp(host.toLowerCase()).domain;

/** The part of a host under which domains are registered; undefined when its last label is none. */
export const publicSuffix = (host: string): string | undefined => lookUp(host.toLowerCase()).suffix;
