import type { Resolver } from '../net/resolver.ts';
import { DnsError } from '../net/resolver.ts';
import { reverseName, sameAddress } from '../net/reverse-name.ts';
import type { AuthenticationResult } from './types.ts';

/** Names of an address that are looked up, as RFC 7208 §5.5 does. */
const MAX_NAMES = 10;

/**
 * Whether a name of the address leads back to it (RFC 8601 §3). `permerror`: it has no name. `fail`: none of its names
 * has this address.
 */
export async function checkReverseName(address: string, resolver: Resolver): Promise<AuthenticationResult> {
  const reverse = reverseName(address);
  if (reverse === undefined) return 'none';
  let names: string[];
  try {
    names = await resolver.resolve(reverse, 'PTR');
  } catch (error) {
    return isTemporary(error) ? 'temperror' : 'permerror';
  }
  const type = reverse.endsWith('.in-addr.arpa') ? 'A' : 'AAAA';
  let result: AuthenticationResult = 'fail';
  for (const name of names.slice(0, MAX_NAMES)) {
    try {
      const addresses = await resolver.resolve(name, type);
      if (addresses.some((other) => sameAddress(other, address))) return 'pass';
    } catch (error) {
      if (isTemporary(error)) result = 'temperror';
    }
  }
  return result;
}

function isTemporary(error: unknown): boolean {
  return !(error instanceof DnsError) || (error.code !== 'ENOTFOUND' && error.code !== 'ENODATA');
}
