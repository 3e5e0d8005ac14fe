import { DnsError } from '../../net/resolver.ts';
import type { Resolver } from '../../net/resolver.ts';
import { isDmarcRecord, parseDmarcRecord } from './record.ts';
import type { ParsedRecord } from './record.ts';

/** A record and the domain that publishes it. */
export interface Published extends ParsedRecord {
  domain: string;
}

/** Which record speaks for a domain, and to which organization it belongs. */
export interface Discovery {
  /** Undefined: nobody asks for anything. */
  policy: Published | undefined;
  /** The record of the organizational domain, or of the public suffix above it; BIMI looks at it too. */
  organizational: Published | undefined;
  /** Undefined when a DNS error hides it; `error` says which. */
  organizationalDomain: string | undefined;
  error?: unknown;
}

/** Finds records and organizational domains, by RFC 9989 or by RFC 7489. Throws what the resolver throws. */
export interface DiscoveryMethod {
  readonly name: 'treewalk' | 'psl';
  /** For the domain of the author; `domain` is a normal domain name. Throws when the policy cannot be known. */
  discover(domain: string, lookup: RecordLookup): Promise<Discovery>;
  organizationalDomain(domain: string, lookup: RecordLookup): Promise<string>;
}

/** The DMARC Policy Record of a domain, or undefined. */
export type RecordLookup = (domain: string) => Promise<ParsedRecord | undefined>;

/**
 * Looks records up, each name once: the walks of one message share most of their names. Several records for one name
 * are none (RFC 9989 §4.10).
 */
export function createRecordLookup(resolver: Resolver): RecordLookup {
  const known = new Map<string, Promise<ParsedRecord | undefined>>();
  async function fetch(domain: string): Promise<ParsedRecord | undefined> {
    const name = `_dmarc.${domain}`;
    if (!isDnsName(name)) return undefined;
    try {
      const texts = (await resolver.resolve(name, 'TXT')).map((chunks) => chunks.join(''));
      const [only, ...more] = texts.filter(isDmarcRecord);
      return only === undefined || more.length > 0 ? undefined : parseDmarcRecord(only);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }
  return (domain) => {
    let answer = known.get(domain);
    if (answer === undefined) known.set(domain, (answer = fetch(domain)));
    return answer;
  };
}

/**
 * Whether a name exists: only NXDOMAIN says that it does not, any record or empty answer that it does. A question for A
 * follows CNAMEs and may meet an NXDOMAIN at their end (RFC 6604 §3), so the CNAME itself is asked for too.
 */
export async function domainExists(domain: string, resolver: Resolver): Promise<boolean> {
  if (!isDnsName(domain)) return false;
  for (const type of ['A', 'CNAME'] as const)
    try {
      await resolver.resolve(domain, type);
      return true;
    } catch (error) {
      // ENODATA of the CNAME question after NXDOMAIN of the other: some servers say so of names that do not exist.
      if (type === 'A' && error instanceof DnsError && error.code === 'ENODATA') return true;
      if (!isAbsent(error)) throw error;
    }
  return false;
}

function isAbsent(error: unknown): boolean {
  return error instanceof DnsError && (error.code === 'ENOTFOUND' || error.code === 'ENODATA');
}

/** RFC 1035 §2.3.4: labels of 1 to 63 octets, 253 characters in all. Others cannot be asked for. */
function isDnsName(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => label.length > 0 && label.length <= 63);
}
