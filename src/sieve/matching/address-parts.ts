import type { AddressPart } from '../definitions.ts';

/** Index of the `@` between the local part and the domain; -1 when there is none. */
function separator(address: string): number {
  return address.lastIndexOf('@');
}

/** RFC 5228 §2.7.4: the whole address. */
export const all: AddressPart = {
  name: 'all',
  extract: (address) => address,
};

/** RFC 5228 §2.7.4: what is left of the `@`, without the quotes it may be written in. */
export const localpart: AddressPart = {
  name: 'localpart',
  extract: (address) => localPartOf(address),
  // A quoted local part may hold an "@"; nobody has one.
  cannotBe: (key) => /[^@]@[^@]/.test(key),
};

/** RFC 5228 §2.7.4: what is right of the `@`. */
export const domain: AddressPart = {
  name: 'domain',
  extract(address) {
    const at = separator(address);
    return at === -1 ? undefined : address.slice(at + 1);
  },
  cannotBe: (key) => key.includes('@'),
};

/** The local part of an address; all of it when it has no domain. */
function localPartOf(address: string): string {
  const at = separator(address);
  const local = at === -1 ? address : address.slice(0, at);
  return local.length > 1 && local.startsWith('"') && local.endsWith('"')
    ? local.slice(1, -1).replace(/\\(.)/gsu, '$1')
    : local;
}
