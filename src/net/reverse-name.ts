import ipaddr from 'ipaddr.js';

/**
 * The name whose PTR records name an address: `192.0.2.1` → `1.2.0.192.in-addr.arpa` (RFC 1035 §3.5), IPv6 by nibbles
 * under ip6.arpa (RFC 3596 §2.5). An IPv4-mapped IPv6 address counts as the IPv4 one, a zone index is left out.
 * Undefined for what is no address.
 */
export function reverseName(address: string): string | undefined {
  const bytes = addressBytes(address);
  if (bytes === undefined) return undefined;
  if (bytes.length === 4) return `${bytes.toReversed().join('.')}.in-addr.arpa`;
  const nibbles = bytes.flatMap((byte) => [byte >> 4, byte & 15]);
  return `${nibbles
    .toReversed()
    .map((nibble) => nibble.toString(16))
    .join('.')}.ip6.arpa`;
}

/** Whether two texts are the same address, however written (`::1` and `0:0:0:0:0:0:0:1`). */
export function sameAddress(one: string, other: string): boolean {
  const a = addressBytes(one);
  const b = addressBytes(other);
  return a !== undefined && b !== undefined && a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function addressBytes(address: string): number[] | undefined {
  const plain = address.replace(/%.*$/s, '');
  // The library also reads `127.1` and `0x7f000001`; those are no addresses here.
  if (!ipaddr.IPv4.isValidFourPartDecimal(plain) && !ipaddr.IPv6.isValid(plain)) return undefined;
  return ipaddr.process(plain).toByteArray();
}
