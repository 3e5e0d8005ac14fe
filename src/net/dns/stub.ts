import type { Answer, AnswerSource } from '../cache.ts';
import { isPossibleName, normalName } from '../dns-name.ts';
import { DnsError, type DnsErrorCode, type RecordType } from '../resolver.ts';
import type { DnsSettings } from '../settings.ts';
import { type Answered, Asking } from './asking.ts';
import { Entropy, type Random } from './entropy.ts';
import { MAX_ALIASES } from './reply.ts';
import { type ResolvConf, ResolvConfFile } from './resolv-conf.ts';
import { DNS_PORT, parseServer, ServerList } from './servers.ts';

/** What a stub resolver takes from its surroundings. */
export interface StubSurroundings {
  /** The clock, in milliseconds; default `performance.now`. */
  now?: () => number;
  /** Default: the system's. */
  random?: Random;
  /** Where the system names its resolvers; asked when the settings name none. */
  resolvConf?: string;
  /** Where the resolvers it names listen; default 53. */
  systemPort?: number;
}

/** Questions that may wait for one under way to end; beyond them somebody floods us, and waiting helps nobody. */
const MAX_WAITING = 10_000;

/**
 * A stub resolver (RFC 1034 §5.3.1): asks recursive resolvers, those of the settings or of the system. Throws a
 * TypeError when the settings name something that is no server.
 */
export class StubSource implements AnswerSource {
  readonly #settings: DnsSettings;
  readonly #now: () => number;
  readonly #entropy: Entropy;
  readonly #servers = new ServerList();
  readonly #system: ResolvConfFile | undefined;
  readonly #systemPort: number;
  #conf: ResolvConf | undefined;
  readonly #underWay = new Set<{ cancel: () => void }>();
  readonly #waiting: (() => void)[] = [];
  #closed = false;

  constructor(settings: DnsSettings, surroundings: StubSurroundings = {}) {
    this.#settings = settings;
    this.#now = surroundings.now ?? (() => performance.now());
    this.#entropy = new Entropy(surroundings.random);
    this.#systemPort = surroundings.systemPort ?? DNS_PORT;
    if (settings.servers.length > 0) this.#servers.set(settings.servers.map(parseServer));
    else this.#system = new ResolvConfFile(surroundings.resolvConf ?? '/etc/resolv.conf', this.#now);
  }

  /** Follows aliases as far as replies do not. */
  async ask<T extends RecordType>(name: string, type: T): Promise<Answer<T>> {
    const deadline = this.#now() + this.#settings.timeout;
    const asked = new Set<string>();
    let ttl = Number.POSITIVE_INFINITY;
    let authentic = true;
    let aliases = 0;
    let current = normalName(name);
    for (;;) {
      asked.add(current);
      const outcome = await this.#once(current, type, deadline);
      if (typeof outcome === 'string') throw new DnsError(outcome, name, type);
      const { reply, server } = outcome;
      authentic &&= reply.authentic && this.#trusts(server.loopback);
      ttl = Math.min(ttl, reply.ttl);
      aliases += reply.aliases;
      if (aliases > MAX_ALIASES) throw new DnsError('ESERVFAIL', name, type);
      if (reply.records.length > 0) return { records: reply.records, ttl, authentic };
      const nonexistent = reply.rcode !== 0;
      if (nonexistent || reply.denialTtl !== undefined || reply.aliases === 0)
        return {
          records: [],
          ttl: reply.denialTtl === undefined ? undefined : Math.min(ttl, reply.denialTtl),
          authentic,
          nonexistent,
        };
      // The reply ends within a chain. A name that no question can spell has no address anybody could mean.
      if (asked.has(reply.end) || reply.end.includes('\\') || !isPossibleName(reply.end))
        throw new DnsError('ESERVFAIL', name, type);
      current = reply.end;
    }
  }

  /** Gives up every question and opens no socket again. */
  close(): void {
    this.#closed = true;
    for (const start of this.#waiting.splice(0)) start();
    for (const asking of this.#underWay) asking.cancel();
  }

  #once<T extends RecordType>(name: string, type: T, deadline: number): Promise<Answered<T> | DnsErrorCode> {
    return new Promise((resolve) => {
      const start = (): void => {
        if (this.#closed) return resolve('ESERVFAIL');
        if (this.#now() >= deadline) return resolve('ETIMEOUT');
        const asking = new Asking(name, type, this.#options(deadline), (outcome) => {
          this.#underWay.delete(asking);
          resolve(outcome);
          this.#startWaiting();
        });
        this.#underWay.add(asking);
        asking.start();
      };
      if (this.#underWay.size < this.#settings.concurrent) start();
      else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(start);
      else resolve('ESERVFAIL');
    });
  }

  #startWaiting(): void {
    while (this.#underWay.size < this.#settings.concurrent && this.#waiting.length > 0)
      this.#waiting.shift()?.();
  }

  #options(deadline: number) {
    const conf = this.#system?.read();
    if (conf !== undefined) {
      this.#conf = conf;
      this.#servers.set(conf.servers.map((host) => ({ host, port: this.#systemPort })));
    }
    const now = this.#now();
    const servers = this.#servers.inOrder(now, this.#conf?.rotate ?? false);
    const rounds = this.#conf?.attempts ?? this.#settings.tries;
    const plan = Array.from({ length: rounds }, () => servers).flat();
    const share = (deadline - now) / plan.length;
    return {
      plan,
      interval: Math.min(this.#conf?.timeout ?? share, share),
      deadline,
      now: this.#now,
      entropy: this.#entropy,
    };
  }

  /** RFC 4035 §4.9.3: the AD bit counts only where the way to the server can be trusted. */
  #trusts(loopback: boolean): boolean {
    const { trustAd } = this.#settings;
    if (trustAd === 'loopback') return loopback || (this.#conf?.trustAd ?? false);
    return trustAd === 'always';
  }
}
