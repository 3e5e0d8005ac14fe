/**
 * Shape 1 of the node-milter bindings: an object with named callbacks that take a context first and a reply callback
 * last, over the engine of this room.
 */
import type { ListenOptions, Server } from 'node:net';
import type { Handlers } from '../handlers.ts';
import { createMilterServer } from '../server.ts';
import type { MilterServer, MilterServerOptions } from '../server.ts';
import { STEPS } from '../wire/constants.ts';
import type { Negotiate } from '../wire/types.ts';
import type { Wish } from '../wire/negotiation.ts';
import { SMFI_VERSION } from './constants.ts';
import { SmfiContext } from './context.ts';
import type { ReplacementBody } from './context.ts';

/** Handle of one connection; opaque, for the methods of {@link NodeMilter}. */
export interface MilterContext {
  readonly priv: unknown;
}

/** Answers a callback with an SMFIS status. Only the first call counts. */
export type Done = (status: number) => void;
/** Answers `negotiate`; actions and steps only with SMFIS_CONTINUE. */
export type NegotiateDone = (
  status: number,
  actions?: number,
  steps?: number,
  reserved1?: number,
  reserved2?: number,
) => void;
/** Told MI_SUCCESS or MI_FAILURE. */
export type Changed = (status: number) => void;

export interface MilterCallbacks {
  negotiate(
    ctx: MilterContext,
    actions: number,
    steps: number,
    f3: number,
    f4: number,
    cb: NegotiateDone,
  ): void;
  /** `address` is null and `port` 0 when the MTA does not know the family; a socket path has port 0. */
  connect(ctx: MilterContext, hostname: string, address: string | null, port: number, cb: Done): void;
  helo(ctx: MilterContext, helohost: string, cb: Done): void;
  envfrom(ctx: MilterContext, argv: string[], cb: Done): void;
  envrcpt(ctx: MilterContext, argv: string[], cb: Done): void;
  data(ctx: MilterContext, cb: Done): void;
  header(ctx: MilterContext, field: string, value: string, cb: Done): void;
  eoh(ctx: MilterContext, cb: Done): void;
  body(ctx: MilterContext, chunk: Buffer, cb: Done): void;
  eom(ctx: MilterContext, cb: Done): void;
  close(ctx: MilterContext, cb: Done): void;
  abort(ctx: MilterContext, cb: Done): void;
  unknown(ctx: MilterContext, command: Buffer, cb: Done): void;
}

export interface CreateMilterOptions {
  /** Told to nobody by the protocol; for the log. */
  name?: string;
  /** Version of the libmilter API the filter was written for. */
  version?: number;
  /** SMFIF_* bits. */
  flags?: number;
  /** Limits and logger of the engine beneath. */
  server?: Pick<MilterServerOptions, 'log' | 'settings'>;
}

const NAMES: ReadonlySet<string> = new Set<keyof MilterCallbacks>([
  'negotiate',
  'connect',
  'helo',
  'envfrom',
  'envrcpt',
  'data',
  'header',
  'eoh',
  'body',
  'eom',
  'close',
  'abort',
  'unknown',
]);

/** Step left out for each callback that is not set. */
const LEAVE_OUT: ReadonlyArray<readonly [keyof MilterCallbacks, number]> = [
  ['connect', STEPS.NOCONNECT],
  ['helo', STEPS.NOHELO],
  ['envfrom', STEPS.NOMAIL],
  ['envrcpt', STEPS.NORCPT],
  ['data', STEPS.NODATA],
  ['header', STEPS.NOHDRS],
  ['eoh', STEPS.NOEOH],
  ['body', STEPS.NOBODY],
  ['unknown', STEPS.NOUNKNOWN],
];

class Context implements MilterContext {
  priv: unknown = undefined;
  readonly smfi: SmfiContext;

  constructor(smfi: SmfiContext) {
    this.smfi = smfi;
  }
}

/** Made by {@link createMilter}. */
export class NodeMilter {
  /** Server beneath, for `address()` and events. */
  readonly server: Server;
  readonly name: string;
  readonly version: number;
  readonly #flags: number;
  readonly #engine: MilterServer;
  readonly #callbacks: Partial<MilterCallbacks> = {};

  constructor(options: CreateMilterOptions = {}) {
    this.name = options.name ?? 'Unknown';
    this.version = options.version ?? SMFI_VERSION;
    this.#flags = options.flags ?? 0;
    this.#engine = createMilterServer({
      ...options.server,
      handlers: (connection) => this.#handlers(new Context(new SmfiContext(connection))),
    });
    this.server = this.#engine.server;
  }

  /** Throws a TypeError for a name that is no callback. */
  setCallback<Name extends keyof MilterCallbacks>(name: Name, callback: MilterCallbacks[Name]): this {
    if (!NAMES.has(name)) throw new TypeError(`there is no callback ${JSON.stringify(name)}`);
    if (typeof callback !== 'function') throw new TypeError(`the callback ${name} is no function`);
    this.#callbacks[name] = callback;
    return this;
  }

  /** As `net.Server.listen`. */
  listen(port?: number, hostname?: string, backlog?: number, listener?: () => void): this;
  listen(port?: number, hostname?: string, listener?: () => void): this;
  listen(port?: number, backlog?: number, listener?: () => void): this;
  listen(port?: number, listener?: () => void): this;
  listen(path: string, backlog?: number, listener?: () => void): this;
  listen(path: string, listener?: () => void): this;
  listen(options: ListenOptions, listener?: () => void): this;
  listen(...where: unknown[]): this {
    // The overloads above are Node's; one of them was used.
    this.server.listen(...(where as [ListenOptions, () => void]));
    return this;
  }

  /** Stops accepting, waits for messages under way, then calls back. */
  close(callback?: () => void): this {
    const closing = async (): Promise<void> => {
      await this.#engine.close();
      callback?.();
    };
    void closing();
    return this;
  }

  getpriv(ctx: MilterContext): unknown {
    return ctx.priv;
  }

  setpriv(ctx: MilterContext, data: unknown): void {
    own(ctx).priv = data;
  }

  /** Value of a macro; `i` and `{i}` are the same. */
  getsymval(ctx: MilterContext, name: string): string | undefined {
    return smfi(ctx).getsymval(name);
  }

  setreply(
    ctx: MilterContext,
    rcode: string | number,
    xcode?: string | null,
    message?: string | null,
  ): number {
    return smfi(ctx).setmlreply(rcode, xcode, message === undefined || message === null ? [] : [message]);
  }

  setmlreply(
    ctx: MilterContext,
    rcode: string | number,
    xcode?: string | null,
    ...lines: readonly string[]
  ): number {
    return smfi(ctx).setmlreply(rcode, xcode, lines);
  }

  /** In the negotiate callback only. */
  setsymlist(ctx: MilterContext, where: number, macros: readonly string[] | string): number {
    return smfi(ctx).setsymlist(where, macros);
  }

  addheader(ctx: MilterContext, field: string, value: string, cb?: Changed): void {
    tell(cb, smfi(ctx).addheader(field, value));
  }

  chgheader(ctx: MilterContext, field: string, index: number, value: string | null, cb?: Changed): void {
    tell(cb, smfi(ctx).chgheader(field, index, value));
  }

  insheader(ctx: MilterContext, index: number, field: string, value: string, cb?: Changed): void {
    tell(cb, smfi(ctx).insheader(index, field, value));
  }

  chgfrom(ctx: MilterContext, from: string, cb?: Changed): void;
  chgfrom(ctx: MilterContext, from: string, args: string | null | undefined, cb?: Changed): void;
  chgfrom(ctx: MilterContext, from: string, args: string | null | undefined | Changed, cb?: Changed): void {
    if (typeof args === 'function') tell(args, smfi(ctx).chgfrom(from));
    else tell(cb, smfi(ctx).chgfrom(from, args));
  }

  addrcpt(ctx: MilterContext, rcpt: string, cb?: Changed): void {
    tell(cb, smfi(ctx).addrcpt(rcpt));
  }

  addrcpt_par(ctx: MilterContext, rcpt: string, cb?: Changed): void;
  addrcpt_par(ctx: MilterContext, rcpt: string, args: string | null | undefined, cb?: Changed): void;
  addrcpt_par(
    ctx: MilterContext,
    rcpt: string,
    args: string | null | undefined | Changed,
    cb?: Changed,
  ): void {
    if (typeof args === 'function') tell(args, smfi(ctx).addrcptPar(rcpt));
    else tell(cb, smfi(ctx).addrcptPar(rcpt, args));
  }

  delrcpt(ctx: MilterContext, rcpt: string, cb?: Changed): void {
    tell(cb, smfi(ctx).delrcpt(rcpt));
  }

  replacebody(ctx: MilterContext, body: ReplacementBody, cb?: Changed): void {
    const replacing = async (): Promise<void> => tell(cb, await smfi(ctx).replacebody(body));
    void replacing();
  }

  progress(ctx: MilterContext, cb?: Changed): void {
    tell(cb, smfi(ctx).progress());
  }

  quarantine(ctx: MilterContext, reason: string, cb?: Changed): void {
    tell(cb, smfi(ctx).quarantine(reason));
  }

  /** The handlers of one connection: those whose callbacks are set. */
  #handlers(ctx: Context): Handlers {
    const set = this.#callbacks;
    const { connect, helo, envfrom, envrcpt, data, header, eoh, body, eom, close, abort, unknown } = set;
    const handlers: Handlers = { negotiate: (offer) => this.#negotiate(ctx, offer) };
    const ask = (call: (cb: Done) => void) => ctx.smfi.ask(() => promised(call));
    const tell = async (call: (cb: Done) => void): Promise<void> => void (await promised(call));
    if (connect !== undefined)
      handlers.connect = ({ hostname, address, port }) =>
        ask((cb) => connect(ctx, hostname, address ?? null, port ?? 0, cb));
    if (helo !== undefined) handlers.helo = (_, name) => ask((cb) => helo(ctx, name, cb));
    if (envfrom !== undefined) handlers.mail = (_, path) => ask((cb) => envfrom(ctx, argv(path), cb));
    if (envrcpt !== undefined) handlers.rcpt = (_, path) => ask((cb) => envrcpt(ctx, argv(path), cb));
    if (data !== undefined) handlers.data = () => ask((cb) => data(ctx, cb));
    if (header !== undefined)
      handlers.header = (_, line) => ask((cb) => header(ctx, line.name, line.rawText, cb));
    if (eoh !== undefined) handlers.endOfHeaders = () => ask((cb) => eoh(ctx, cb));
    if (body !== undefined) handlers.body = (_, chunk) => ask((cb) => body(ctx, chunk, cb));
    if (eom !== undefined)
      handlers.endOfMessage = (message) => ctx.smfi.ask(() => promised((cb) => eom(ctx, cb)), message);
    if (unknown !== undefined) handlers.unknown = (_, command) => ask((cb) => unknown(ctx, command, cb));
    if (abort !== undefined) handlers.abort = () => tell((cb) => abort(ctx, cb));
    if (close !== undefined) handlers.close = () => tell((cb) => close(ctx, cb));
    return handlers;
  }

  /** Without a callback, and for what the callback leaves open: the flags, and no step nobody listens to. */
  #negotiate(ctx: Context, offer: Negotiate): Wish | Promise<Wish> {
    const { negotiate } = this.#callbacks;
    let steps: number = STEPS.SKIP;
    for (const [name, step] of LEAVE_OUT) if (this.#callbacks[name] === undefined) steps |= step;
    const standard = { actions: this.#flags, steps };
    if (negotiate === undefined) return standard;
    return ctx.smfi.negotiate(offer, standard, async () => {
      let asked: { actions?: number; steps?: number } = {};
      const status = await promised((cb) =>
        negotiate(ctx, offer.actions, offer.steps, 0, 0, (status, actions, steps) => {
          asked = { actions, steps };
          cb(status);
        }),
      );
      return { status, ...asked };
    });
  }
}

/** A filter whose callbacks are set one by one. */
export function createMilter(options?: CreateMilterOptions): NodeMilter {
  return new NodeMilter(options);
}

const argv = (path: { argument: string; parameters: readonly string[] }): string[] => [
  path.argument,
  ...path.parameters,
];

function promised(call: (cb: Done) => void): Promise<number> {
  return new Promise((resolve) => {
    call(resolve);
  });
}

function own(ctx: MilterContext): Context {
  if (!(ctx instanceof Context)) throw new TypeError('this is no context of a milter');
  return ctx;
}

const smfi = (ctx: MilterContext): SmfiContext => own(ctx).smfi;

const tell = (cb: Changed | undefined, status: number): void => cb?.(status);
