import type { Log } from '../../log.ts';
import type { State } from '../../state/types.ts';

/** How far the report of a domain and day has come. */
interface Claim {
  /** `committing`: staged in the spool of `node`, and perhaps in its queue. `done`: nothing more is to be done. */
  phase: 'claimed' | 'committing' | 'done';
  node: string;
  /** Of the process: a claim of another run of this node belongs to nobody. */
  run: string;
}

export interface ClaimsOptions {
  state: State;
  /** Name of the spool this process sends from: the same after a restart, another on another machine. */
  node: string;
  /** Different at each start. */
  run: string;
  /** Seconds that what is remembered lives. */
  ttl: number;
  log: Log;
}

/** Seconds a report may take from claim to spool; a DNS budget and a large report are some thirty. */
const CLAIM_TTL = 900;
/**
 * Seconds that nobody else touches a report that may lie in a node's spool. The node finds out when it is started
 * again; if it is gone for good, another one sends the report, with the same Report-ID.
 */
const COMMITTING_TTL = 6 * 3600;

/** Who makes which report: of several nodes and runs one, and each report once. */
export class Claims {
  readonly #options: ClaimsOptions;
  /** Reports this run has put into the spool, until the state knows of it. */
  readonly #spooled = new Set<string>();
  /** Reports of which nothing more is to be done: while others of their day wait, these are not asked for again. */
  readonly #closed = new Set<string>();

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /**
   * `claimed`: the report is the caller's. `done`: it was sent, or needs not be. `busy`: another one is at it.
   * `inSpool` says that the mail waits in our spool, whatever the state remembers.
   */
  async take(key: string, inSpool: boolean): Promise<'claimed' | 'done' | 'busy'> {
    const { state, node, run } = this.#options;
    if (this.#closed.has(key)) return 'done';
    if (inSpool || this.#spooled.has(key)) {
      await this.done(key);
      return 'done';
    }
    const found = parseClaim(await state.get(key));
    if (found?.phase === 'done') {
      this.#closed.add(key);
      return 'done';
    }
    if (found !== undefined) {
      // A run of this node that died: what it had put into the spool would be there.
      const orphaned = found.node === node && found.run !== run;
      if (!orphaned) return 'busy';
      await state.delete(key);
    }
    return (await state.putIfAbsent(key, this.#claim('claimed'), CLAIM_TTL)) ? 'claimed' : 'busy';
  }

  async isDone(key: string): Promise<boolean> {
    return parseClaim(await this.#options.state.get(key))?.phase === 'done';
  }

  /** To be called when the mail is staged, before it is committed. */
  async committing(key: string): Promise<void> {
    await this.#options.state.put(key, this.#claim('committing'), COMMITTING_TTL);
  }

  /** The spool has it. From now on this run never sends it again, also when the state is away. */
  async spooled(key: string): Promise<void> {
    this.#spooled.add(key);
    await this.done(key);
    this.#spooled.delete(key);
  }

  async done(key: string): Promise<void> {
    await this.#options.state.put(key, this.#claim('done'), this.#options.ttl);
    this.#closed.add(key);
  }

  /** Forgets what it keeps in memory of claims that begin so: nobody will ask for them again. */
  forget(prefix: string): void {
    for (const key of this.#closed) if (key.startsWith(prefix)) this.#closed.delete(key);
  }

  /** Gives a claim back, to be taken again later. Never rejects: otherwise its time ends it. */
  async release(key: string): Promise<void> {
    try {
      await this.#options.state.delete(key);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'DMARC reports: a claim could not be given back');
    }
  }

  #claim(phase: Claim['phase']): Uint8Array {
    const { node, run } = this.#options;
    return Buffer.from(JSON.stringify({ phase, node, run } satisfies Claim));
  }
}

/** A damaged one counts as done: a report that is missing does less harm than all others of its day, or one sent twice. */
function parseClaim(value: Uint8Array | undefined): Partial<Claim> | undefined {
  if (value === undefined) return undefined;
  try {
    return (JSON.parse(Buffer.from(value).toString('utf8')) as Partial<Claim> | null) ?? { phase: 'done' };
  } catch {
    return { phase: 'done' };
  }
}
