import type { AddressPart, Extension } from '../definitions.ts';
import { localpart } from '../matching/address-parts.ts';
import type { RunState } from '../state.ts';

/** Index of the first separator in a local part; -1 when there is none. The host says which characters separate. */
function separatorIn(local: string, state: RunState): number {
  const { separators } = state.settings.subaddress;
  for (let at = 0; at < local.length; at++) if (separators.includes(local.charAt(at))) return at;
  return -1;
}

/** RFC 5233 §4: the local part up to the separator, or all of it. */
const user: AddressPart = {
  name: 'user',
  extract(address, state) {
    const local = localpart.extract(address, state) ?? '';
    const at = separatorIn(local, state);
    return at === -1 ? local : local.slice(0, at);
  },
  cannotBe: (key) => localpart.cannotBe?.(key) === true,
};

/** RFC 5233 §4: what follows the separator; an address without one has no detail, which matches nothing. */
const detail: AddressPart = {
  name: 'detail',
  extract(address, state) {
    const local = localpart.extract(address, state) ?? '';
    const at = separatorIn(local, state);
    return at === -1 ? undefined : local.slice(at + 1);
  },
  cannotBe: (key) => localpart.cannotBe?.(key) === true,
};

/** RFC 5233. */
export const subaddress: Extension = {
  capability: 'subaddress',
  addressParts: [user, detail],
};
