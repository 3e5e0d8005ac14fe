import { DnsError, type Resolver } from '../../net/resolver.ts';
import { createRecordLookup } from '../dmarc/discovery.ts';
import { publicSuffixList } from '../dmarc/public-suffix.ts';
import { treeWalk } from '../dmarc/tree-walk.ts';
import { normalDomain } from '../organizational-domain.ts';
import type { PublishedPolicy } from './types.ts';

/** Where the reports of a domain go. */
export interface Destinations {
  addresses: string[];
  refused: { uri: string; reason: string }[];
  /** The DNS did not say now whether somebody wants reports: ask again. */
  undecided: boolean;
}

/** URIs of one record that are looked at, wanted or not; each may cost a question to the DNS. */
const MAX_URIS = 50;
/** An address of RFC 5321's usual form: it goes into commands and a header field, so nothing that needs quoting. */
const ADDRESS = /^([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@((?=.{1,253}$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)+)$/;

/** The address of a `mailto:` URI (RFC 6068 §2); the reason why it has none otherwise. */
function addressOf(uri: string): { address: string; host: string } | { reason: string } {
  const match = /^mailto:([^?]*)/i.exec(uri.trim());
  if (match === null) return { reason: 'is no mailto: URI' };
  let plain: string;
  try {
    // A limit of size that the record's reader left (RFC 7489 §6.2).
    plain = decodeURIComponent((match[1] ?? '').replace(/![0-9]+[kmgt]?$/i, ''));
  } catch {
    return { reason: 'is not encoded as a URI' };
  }
  const at = plain.lastIndexOf('@');
  const host = normalDomain(plain.slice(at + 1));
  const address = `${plain.slice(0, at)}@${host}`;
  return at > 0 && ADDRESS.test(address) ? { address, host } : { reason: 'is no address we send to' };
}

/**
 * The addresses of `rua=`, in order, at most `limit`: of the domain's own organization, or of another one that says in
 * the DNS that it wants these reports (RFC 9990 §4). Never throws.
 */
export async function findDestinations(
  policy: PublishedPolicy,
  rua: readonly string[],
  resolver: Resolver,
  limit: number,
): Promise<Destinations> {
  const found: Destinations = { addresses: [], refused: [], undecided: false };
  const sameOrganization = organizationTest(policy, resolver);
  for (const uri of rua.slice(0, MAX_URIS)) {
    if (found.addresses.length >= limit) {
      found.refused.push({ uri, reason: `comes after the first ${limit}` });
      continue;
    }
    const parsed = addressOf(uri);
    if ('reason' in parsed) {
      found.refused.push({ uri, reason: parsed.reason });
      continue;
    }
    const consent = await consentOf(policy.domain, parsed.host, sameOrganization, resolver);
    if (consent.undecided === true) found.undecided = true;
    if (consent.reason !== undefined) found.refused.push({ uri, reason: consent.reason });
    else {
      const wanted = (consent.addresses ?? [parsed.address]).filter(
        (each) => !found.addresses.includes(each),
      );
      found.addresses.push(...wanted.slice(0, limit - found.addresses.length));
    }
  }
  return found;
}

/** Whether a host belongs to the organization of the policy domain, found in the way the policy was. Throws DnsError. */
function organizationTest(policy: PublishedPolicy, resolver: Resolver): (host: string) => Promise<boolean> {
  const method = policy.discovery === 'psl' ? publicSuffixList : treeWalk;
  const lookup = createRecordLookup(resolver);
  return async (host) => {
    if (host === policy.domain) return true;
    const [own, other] = await Promise.all(
      [policy.domain, host].map((domain) => method.organizationalDomain(domain, lookup)),
    );
    return own === other;
  };
}

/** Whether reports may go there: at once within the organization, else when the host says so. */
async function consentOf(
  policyDomain: string,
  host: string,
  sameOrganization: (host: string) => Promise<boolean>,
  resolver: Resolver,
): Promise<Consent> {
  try {
    if (await sameOrganization(host)) return {};
  } catch (error) {
    return { reason: `organization of ${host}: ${(error as Error).message}`, undecided: true };
  }
  return askConsent(policyDomain, host, resolver);
}

interface Consent {
  /** Addresses that take the place of the one in the policy record. */
  addresses?: string[];
  reason?: string;
  undecided?: boolean;
}

/** The record `DOMAIN._report._dmarc.HOST` of somebody else's host (RFC 9990 §4). */
async function askConsent(policyDomain: string, host: string, resolver: Resolver): Promise<Consent> {
  const name = `${policyDomain}._report._dmarc.${host}`;
  if (name.length > 253) return { reason: 'no name in the DNS could say that it wants these reports' };
  let answers: string[][];
  try {
    answers = await resolver.resolve(name, 'TXT');
  } catch (error) {
    const code = error instanceof DnsError ? error.code : 'ESERVFAIL';
    if (code === 'ENOTFOUND' || code === 'ENODATA') return { reason: `there is no TXT record at ${name}` };
    return { reason: `TXT of ${name}: ${code}`, undecided: true };
  }
  const records = answers.map((chunks) => tagsOf(chunks.join(''))).filter((tags) => tags !== undefined);
  if (records.length === 0) return { reason: `there is no DMARC record at ${name}` };
  const rua = records.map((tags) => tags.get('rua')).find((value) => value !== undefined && value !== '');
  if (rua === undefined) return {};
  const others = rua.split(',').slice(0, MAX_URIS).map(addressOf);
  const addresses = others.flatMap((other) => ('address' in other ? [other] : []));
  // RFC 9990 §4: an override must stay on the host that was asked, or there is no report at all.
  if (addresses.length < others.length || addresses.some((other) => other.host !== host))
    return { reason: `the record at ${name} leads elsewhere` };
  return { addresses: addresses.map(({ address }) => address) };
}

/** Tags of a record whose first one is `v=DMARC1`; undefined for other records. */
function tagsOf(record: string): Map<string, string> | undefined {
  const tags = record.split(';').map((part): [string, string] => {
    const equals = part.indexOf('=');
    return [part.slice(0, Math.max(equals, 0)).trim().toLowerCase(), part.slice(equals + 1).trim()];
  });
  return tags[0]?.[0] === 'v' && tags[0][1] === 'DMARC1' ? new Map(tags) : undefined;
}
