import { Networks } from '../../net/networks.ts';

/** Peers the settings name: addresses, networks, and the word `unix` for whoever may open our unix socket. */
export class TrustedPeers {
  readonly #networks: Networks;
  readonly #unix: boolean;

  /** Throws a TypeError that names the entry when it is none. */
  constructor(entries: readonly string[]) {
    this.#unix = entries.includes('unix');
    this.#networks = new Networks(entries.filter((entry) => entry !== 'unix'));
  }

  /** `address` is '' or undefined for the peer of a unix socket. */
  has(address: string | undefined): boolean {
    return address === undefined || address === '' ? this.#unix : this.#networks.has(address);
  }
}
