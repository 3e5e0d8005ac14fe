import type { Address, Header } from '../../message/types.ts';
import { normalDomain } from '../organizational-domain.ts';
import type { Senders, UnsignedReason } from './types.ts';

/** Whoever stands in the From field. */
export interface Author {
  /** The one domain of all its addresses. */
  domain: string;
  /** Lower case, domains in A-labels. */
  addresses: readonly string[];
}

/** RFC 5322 §3.6.2 lets several people write one message; more than this is none. */
const MAX_AUTHORS = 100;

/** The author of a message that has one From field with addresses of one domain (RFC 5322 §3.6). */
export function authorOf(header: Header): Author | UnsignedReason {
  const fields = header.all('from');
  const [field] = fields;
  if (field === undefined) return 'no-author';
  if (fields.length > 1) return 'several-authors';
  const addresses = flatten(field.addresses)
    .filter(({ address }) => address !== '')
    .map(({ address }) => normalAddress(address));
  if (addresses.length > MAX_AUTHORS) return 'several-authors';
  const domains = new Set(addresses.map((address) => address.slice(address.lastIndexOf('@') + 1)));
  const [domain = ''] = domains;
  if (domains.size > 1) return 'several-authors';
  if (domain === '' || addresses.some((address) => address.lastIndexOf('@') < 1)) return 'no-author';
  return { domain, addresses };
}

/** Whether mail of this author may be signed; of several people all must be allowed. */
export function mayUse(author: Author, senders: Senders): boolean {
  if (senders.any) return true;
  if (senders.domains.includes(author.domain)) return true;
  return author.addresses.every(
    (address) =>
      senders.addresses.includes(address) ||
      senders.addresses.includes(withoutDetail(address, senders.separator)),
  );
}

function withoutDetail(address: string, separator: string): string {
  const at = address.lastIndexOf('@');
  const end = separator === '' ? -1 : address.indexOf(separator);
  return end <= 0 || end > at ? address : address.slice(0, end) + address.slice(at);
}

function normalAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, at).normalize('NFC').toLowerCase()}@${normalDomain(address.slice(at + 1))}`;
}

function flatten(addresses: readonly Address[]): Address[] {
  return addresses.flatMap((address) => (address.group === undefined ? address : flatten(address.group)));
}
