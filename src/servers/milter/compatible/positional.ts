/**
 * Shape 2 of the node-milter bindings: one `start` with every callback in its place, each told an envelope on which it
 * says `done`. Like libmilter, which it wraps in the original, there is one milter per process.
 */
import { parseAddress } from '../address.ts';
import type { Handlers } from '../handlers.ts';
import { createMilterServer } from '../server.ts';
import type { MilterServer } from '../server.ts';
import { defaultMilterSettings } from '../settings.ts';
import { MI_FAILURE, MI_SUCCESS, SMFI_VERSION } from './constants.ts';
import { SmfiContext } from './context.ts';
import type { ReplacementBody } from './context.ts';

type Status = (status: number) => void;

/** One connection. The same object from negotiate to close. */
export class MilterEnvelope {
  /** The filter's own data. */
  readonly local: Record<string, unknown> = {};
  readonly #smfi: SmfiContext;
  #done: Status | undefined;
  /** While `negotiate` runs: what it asked for. */
  #asked: { actions?: number; steps?: number } | undefined;

  /** Made by the bindings. */
  constructor(smfi: SmfiContext) {
    this.#smfi = smfi;
  }

  /** Answers the callback that was called last, now or later. Throws when there is none to answer. */
  done(status: number): void {
    if (typeof status !== 'number') throw new TypeError('done takes an SMFIS status');
    const answer = this.#done;
    if (answer === undefined) throw new Error('done was called outside of a callback');
    this.#done = undefined;
    answer(status);
  }

  /** What is wanted of the MTA; then `done(SMFIS_CONTINUE)`. Throws outside of the negotiate callback. */
  negotiate(actions: number, steps: number, _f2 = 0, _f3 = 0): void {
    if (this.#asked === undefined) throw new Error('negotiate was called outside of the negotiate callback');
    this.#asked.actions = actions;
    this.#asked.steps = steps;
  }

  /** Value of a macro, '' when there is none; `i` and `{i}` are the same. */
  getsymval(name: string): string {
    return this.#smfi.getsymval(name) ?? '';
  }

  setsymlist(where: number, macros: readonly string[] | string): number {
    return this.#smfi.setsymlist(where, macros);
  }

  setreply(rcode: string | number, xcode?: string | null, message?: string | null): number {
    return this.#smfi.setmlreply(rcode, xcode, message === undefined || message === null ? [] : [message]);
  }

  setmlreply(rcode: string | number, xcode?: string | null, ...lines: readonly string[]): number {
    return this.#smfi.setmlreply(rcode, xcode, lines);
  }

  progress(): number {
    return this.#smfi.progress();
  }

  quarantine(reason: string): number {
    return this.#smfi.quarantine(reason);
  }

  addheader(name: string, value: string): number {
    return this.#smfi.addheader(name, value);
  }

  chgheader(name: string, index: number, value?: string | null): number {
    return this.#smfi.chgheader(name, index, value);
  }

  insheader(index: number, name: string, value: string): number {
    return this.#smfi.insheader(index, name, value);
  }

  chgfrom(address: string, args?: string | null): number {
    return this.#smfi.chgfrom(address, args);
  }

  addrcpt(address: string): number {
    return this.#smfi.addrcpt(address);
  }

  addrcpt_par(address: string, args?: string | null): number {
    return this.#smfi.addrcptPar(address, args);
  }

  delrcpt(address: string): number {
    return this.#smfi.delrcpt(address);
  }

  /**
   * A string or a Buffer is on its way when this returns, and `done` waits for it. A stream resolves when it was read.
   */
  replacebody(body: ReplacementBody): Promise<number> {
    return this.#smfi.replacebody(body);
  }

  /** For the bindings: runs a callback until it says done. */
  wait(call: () => void): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      try {
        call();
      } catch (error) {
        this.#done = undefined;
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** For the bindings: the same for the negotiate callback. */
  async negotiating(call: () => void): Promise<{ status: number; actions?: number; steps?: number }> {
    this.#asked = {};
    try {
      const status = await this.wait(call);
      return { status, ...this.#asked };
    } finally {
      this.#asked = undefined;
    }
  }
}

type Callback<Arguments extends readonly unknown[] = []> = (
  envelope: MilterEnvelope,
  ...rest: Arguments
) => void;

let running: MilterServer | undefined;
let backlog: number | undefined;
let idleTimeout = defaultMilterSettings.idleTimeout;
let debugLevel = 0;

/**
 * Starts the milter. All callbacks are needed.
 * @param connSpec `inet:port@host` or `unix:path`; without a host every interface
 * @param flags SMFIF_* bits, used when negotiate leaves the actions open
 * @returns true when the address could be parsed and no milter runs yet; an address that cannot be bound is an error
 *   of the process, as it is an 'error' event without a listener in Node
 * @throws TypeError for a missing callback
 */
export function start(
  connSpec: string,
  flags: number,
  negotiate: Callback<[f0: number, f1: number, f2: number, f3: number]>,
  connect: Callback<[host: string, address: string | null]>,
  unknown: Callback<[command: string]>,
  helo: Callback<[identity: string]>,
  mailfrom: Callback<[address: string]>,
  rcptto: Callback<[address: string]>,
  data: Callback,
  header: Callback<[name: string, value: string]>,
  eoh: Callback,
  segment: Callback<[chunk: Buffer, length: number]>,
  eom: Callback,
  abort: Callback,
  close: Callback,
): boolean {
  if (typeof connSpec !== 'string') throw new TypeError('the first argument is a connection specification');
  if (typeof flags !== 'number') throw new TypeError('the second argument is a number of SMFIF flags');
  const callbacks = [negotiate, connect, unknown, helo, mailfrom, rcptto, data, header, eoh, segment, eom];
  if ([...callbacks, abort, close].some((callback) => typeof callback !== 'function'))
    throw new TypeError('start needs all 13 callbacks');
  if (running !== undefined) return false;
  let target: ReturnType<typeof parseAddress>;
  try {
    target = parseAddress(connSpec);
  } catch {
    return false;
  }

  const everywhere = connSpec.startsWith('inet6:') ? '::' : '0.0.0.0';
  const server = createMilterServer({
    settings: { idleTimeout },
    handlers: (connection): Handlers => {
      const smfi = new SmfiContext(connection);
      const envelope = new MilterEnvelope(smfi);
      const ask = (call: () => void) => smfi.ask(() => envelope.wait(call));
      return {
        negotiate: (offer) =>
          smfi.negotiate(offer, { actions: flags, steps: 0 }, () =>
            envelope.negotiating(() => negotiate(envelope, offer.actions, offer.steps, 0, 0)),
          ),
        connect: ({ hostname, address }) => ask(() => connect(envelope, hostname, address ?? null)),
        unknown: (_, command) => ask(() => unknown(envelope, command.toString('latin1'))),
        helo: (_, name) => ask(() => helo(envelope, name)),
        mail: (_, path) => ask(() => mailfrom(envelope, path.argument)),
        rcpt: (_, path) => ask(() => rcptto(envelope, path.argument)),
        data: () => ask(() => data(envelope)),
        header: (_, line) => ask(() => header(envelope, line.name, line.rawText)),
        endOfHeaders: () => ask(() => eoh(envelope)),
        body: (_, chunk) => ask(() => segment(envelope, chunk, chunk.length)),
        endOfMessage: (message) => smfi.ask(() => envelope.wait(() => eom(envelope)), message),
        abort: async () => void (await envelope.wait(() => abort(envelope))),
        close: async () => void (await envelope.wait(() => close(envelope))),
      };
    },
  });
  running = server;
  void server
    .listen('path' in target ? target : { host: everywhere, ...target }, backlog)
    .catch((error: unknown) => {
      running = undefined;
      server.server.emit('error', error);
    });
  return true;
}

/** Stops the milter; messages under way are finished. Resolves when that is done. */
export async function stop(): Promise<number> {
  const server = running;
  if (server === undefined) return MI_SUCCESS;
  await server.close();
  if (running === server) running = undefined;
  return MI_SUCCESS;
}

/** Length of the queue of connections not yet accepted, for the next start. */
export function setbacklog(n: number): number {
  if (!Number.isInteger(n) || n <= 0) return MI_FAILURE;
  backlog = n;
  return MI_SUCCESS;
}

/** libmilter's debug level: kept, and of no effect. */
export function setdbg(n: number): number {
  debugLevel = n;
  return Number.isInteger(debugLevel) ? MI_SUCCESS : MI_FAILURE;
}

/** Seconds without a byte from the MTA after which a connection is closed. */
export function settimeout(seconds: number): number {
  if (!(seconds > 0)) return MI_FAILURE;
  idleTimeout = seconds * 1000;
  if (running !== undefined) running.idleTimeout = idleTimeout;
  return MI_SUCCESS;
}

/** Version of the API as [major, minor, patch]. */
export function version(): [major: number, minor: number, patch: number] {
  return [SMFI_VERSION >>> 24, (SMFI_VERSION >>> 8) & 0xffff, SMFI_VERSION & 0xff];
}
