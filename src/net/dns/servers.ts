import { isIP } from 'node:net';
import { isLoopback } from '../networks.ts';

export const DNS_PORT = 53;

/** A name server's place, as settings and resolv.conf write it. */
export interface ServerAddress {
  host: string;
  port: number;
}

/**
 * Reads `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`, IPv6 also with a zone index. Throws a
 * TypeError that names the text.
 */
export function parseServer(text: string): ServerAddress {
  const match = isIP(text) === 0 ? /^(?:\[([^[\]]+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text) : undefined;
  const host = match === undefined ? text : (match?.[1] ?? match?.[2] ?? '');
  const port = Number(match?.[3] ?? DNS_PORT);
  const family = isIP(host);
  if (family === 0 || (match?.[1] !== undefined && family === 4) || port < 1 || port > 65_535)
    throw new TypeError(`"${text}" is no address of a name server`);
  return { host, port };
}

/** After so many questions in a row without an answer a server is asked last. */
const SILENCES = 2;
/** Milliseconds it is asked last: not the whole timeout of every question, and soon enough found again. */
const DEAD_TIME = 30_000;
/** Milliseconds a server's lack of EDNS or of case is remembered: servers are replaced. */
const QUIRK_TIME = 3_600_000;

/** A name server and what we have learnt of it. Times are those of the resolver's clock. */
export class NameServer {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly loopback: boolean;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #silences = 0;
  #deadUntil = Number.NEGATIVE_INFINITY;
  #plainUntil = Number.NEGATIVE_INFINITY;
  #caselessUntil = Number.NEGATIVE_INFINITY;

  constructor({ host, port }: ServerAddress) {
    this.host = host;
    this.port = port;
    this.family = isIP(host) === 6 ? 6 : 4;
    this.loopback = isLoopback(host);
  }

  answered(now: number): void {
    this.#answeredAt = now;
    this.#silences = 0;
    this.#deadUntil = Number.NEGATIVE_INFINITY;
  }

  /** No answer to what was sent at `since`. Nothing is wrong with a server that has answered others meanwhile. */
  silent(now: number, since: number): void {
    if (this.#answeredAt < since && ++this.#silences >= SILENCES) this.#deadUntil = now + DEAD_TIME;
  }

  unreachable(now: number): void {
    this.#deadUntil = now + DEAD_TIME;
  }

  isDead(now: number): boolean {
    return now < this.#deadUntil;
  }

  lacksEdns(now: number): void {
    this.#plainUntil = now + QUIRK_TIME;
  }

  hasEdns(now: number): boolean {
    return now >= this.#plainUntil;
  }

  lacksCase(now: number): void {
    this.#caselessUntil = now + QUIRK_TIME;
  }

  keepsCase(now: number): boolean {
    return now >= this.#caselessUntil;
  }
}

/** The servers that are configured, in the order in which they are best asked. */
export class ServerList {
  #servers: NameServer[] = [];
  #turn = 0;

  /** Takes other servers; what is known of those that stay is kept. */
  set(addresses: readonly ServerAddress[]): void {
    const before = this.#servers;
    this.#servers = addresses.map(
      (address) =>
        before.find(({ host, port }) => host === address.host && port === address.port) ??
        new NameServer(address),
    );
  }

  /** Live servers first; with `rotate`, each question begins with another one. */
  inOrder(now: number, rotate: boolean): NameServer[] {
    const count = this.#servers.length;
    const first = rotate && count > 0 ? this.#turn++ % count : 0;
    const servers = [...this.#servers.slice(first), ...this.#servers.slice(0, first)];
    return [
      ...servers.filter((server) => !server.isDead(now)),
      ...servers.filter((server) => server.isDead(now)),
    ];
  }
}
