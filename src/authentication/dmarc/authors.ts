import { isIP } from 'node:net';
import type { Address, Message } from '../../message/types.ts';
import { normalDomain } from '../organizational-domain.ts';

/** Addresses of From that are looked at; the parser reads 5,000 of a field, of which some may be groups. */
const MAX_AUTHORS = 4_000;
/** RFC 5322 §3.2.4: a quoted local part may hold anything, `@` too. */
const QUOTED_LOCAL_PART = /^"(?:[^"\\]|\\.)*"@/s;
/** What cannot stand in a domain name: the address was not read as its writer meant it. */
const IMPOSSIBLE = /[\0-\x20"<>(),;:\\@[\]\x7f]/;

export interface Authors {
  /** Domain of the first address, '' when it has none. For the results: it names what could not be evaluated. */
  domain: string;
  /** Why there is not exactly one author's domain. */
  fault?:
    | 'multiple-from-fields'
    | 'no-author-domain'
    | 'invalid-author-domain'
    | 'multiple-author-domains'
    | 'too-many-authors';
}

/** The author's domain (RFC 9989 §5.3.1): several addresses may stand in From, of one domain (groups: RFC 6854). */
export function authorsOf(message: Message): Authors {
  const fields = message.header.all('from');
  const listed = fields[0]?.addresses ?? [];
  const addresses = listed
    .slice(0, MAX_AUTHORS)
    .flatMap((entry: Address): readonly Address[] => entry.group ?? [entry])
    .slice(0, MAX_AUTHORS)
    .map(({ address }) => address);
  const authors = oneDomain(addresses);
  if (fields.length > 1) return { domain: authors.domain, fault: 'multiple-from-fields' };
  if (listed.length > MAX_AUTHORS || addresses.length === MAX_AUTHORS)
    return { domain: authors.domain, fault: 'too-many-authors' };
  return authors;
}

/** The domain all addresses have in common. */
export function oneDomain(addresses: readonly string[]): Authors {
  const [first] = addresses;
  if (first === undefined) return { domain: '', fault: 'no-author-domain' };
  const domain = domainOf(first);
  for (const address of addresses) {
    const other = domainOf(address);
    if (other === undefined || domain === undefined)
      return { domain: domain ?? '', fault: 'invalid-author-domain' };
    if (other !== domain) return { domain, fault: 'multiple-author-domains' };
  }
  return { domain: domain ?? '' };
}

/** The domain of an addr-spec; undefined when it has none that can be a name in the DNS. */
function domainOf(address: string): string | undefined {
  const quoted = QUOTED_LOCAL_PART.exec(address)?.[0].length;
  const domain = quoted === undefined ? address.slice(address.indexOf('@') + 1) : address.slice(quoted);
  if (quoted === undefined && !address.includes('@')) return undefined;
  const name = normalDomain(domain);
  return name === '' || IMPOSSIBLE.test(name) || isIP(name) !== 0 ? undefined : name;
}
