import { BlockList, isIP } from 'node:net';

/** A set of addresses written as `192.0.2.1`, `192.0.2.0/24` or `2001:db8::/32`. */
export class Networks {
  readonly #list = new BlockList();

  /** Throws a TypeError that names the entry when it is no address or range. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const fault = networkFault(entry);
      if (fault !== undefined) throw new TypeError(fault);
      const [address = '', prefix] = entry.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(prefix), family);
    }
  }

  /** False for undefined and for what is no address. An IPv4-mapped IPv6 address counts as the IPv4 one. */
  has(address: string | undefined): boolean {
    if (address === undefined) return false;
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && this.#list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  }
}

/** What is wrong with an entry of {@link Networks}, or undefined. */
export function networkFault(entry: string): string | undefined {
  const [address = '', prefix, more] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return `"${entry}" is no IP address and no address/prefix`;
  if (prefix === undefined) return undefined;
  const bits = family === 6 ? 128 : 32;
  if (!/^\d{1,3}$/.test(prefix) || Number(prefix) > bits) return `"${entry}": the prefix is 0 to ${bits}`;
  return undefined;
}

/** `::ffff:192.0.2.1` → `192.0.2.1`; anything else unchanged. */
export function plainAddress(address: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;
}

const loopback = new Networks(['127.0.0.0/8', '::1']);

/** Whether the peer is on this machine; a unix socket's peer, '', is. */
export const isLoopback = (address: string): boolean => address === '' || loopback.has(address);
