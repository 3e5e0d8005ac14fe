import { domainToASCII } from 'node:url';
import { getDomain } from 'tldts';

/** Lower case, A-labels, without the root's dot; what is no domain name is only lower-cased. */
export function normalDomain(domain: string): string {
  const plain = domain.trim().replace(/\.$/, '').toLowerCase();
  // Only where needed: the URL parser would also read numbers as addresses.
  return /[^\0-\x7f]/.test(plain) ? domainToASCII(plain) || plain : plain;
}

/**
 * The domain an organization registered: `a.b.example.co.uk` → `example.co.uk`, by the Public Suffix List with its
 * private part (RFC 7489 §3.2). The domain itself when it is a public suffix or none is known.
 */
export function organizationalDomain(domain: string): string {
  const plain = normalDomain(domain);
  return getDomain(plain, { allowPrivateDomains: true }) ?? plain;
}

/** Relaxed alignment (RFC 7489 §3.1): both belong to one organization. */
export function isAligned(one: string, other: string): boolean {
  return one !== '' && other !== '' && organizationalDomain(one) === organizationalDomain(other);
}
