import type { Log } from '../../log.ts';
import { isLoopback } from '../../net/networks.ts';
import type { Accounts } from '../accounts.ts';
import { normaliseAddress } from '../address.ts';
import { type LoginGuard, TooManyFailures } from '../login-guard.ts';
import { BusyError } from '../password.ts';
import type { LoginSettings } from '../settings.ts';
import { mechanisms } from './mechanisms.ts';
import type { TokenVerifier } from './oauth/token.ts';
import { BINDINGS } from './scram.ts';
import { failure } from './text.ts';
import type { Channel, Exchange, FailureReason, Mechanism, MechanismContext, Outcome } from './types.ts';

export interface SaslOptions {
  accounts: Pick<Accounts, 'verify' | 'owner' | 'scram'>;
  guard: LoginGuard;
  settings: LoginSettings;
  /** Without it there is no login by token. */
  tokens?: TokenVerifier;
  /** Random octets, of a cryptographic source. */
  random: (octets: number) => Uint8Array;
  log: Log;
}

/** A challenge to be sent, or the end. */
export type Step = { readonly type: 'challenge'; readonly data: Uint8Array } | Outcome;

/** One login (RFC 4422 §3). */
export interface Login {
  /** The first step: with the initial response, or undefined when the client sent none. Never rejects. */
  begin(initial: Uint8Array | undefined): Promise<Step>;
  /** The step after the client's response to a challenge. Never rejects. */
  respond(response: Uint8Array): Promise<Step>;
  /** Ends it where it stands: the client has cancelled, or is gone. */
  cancel(): void;
}

/** SASL (RFC 4422) for every protocol: which mechanisms a connection has, and the logins. */
export interface Sasl {
  /** Names in the order to announce; none while the connection could be read by others. */
  mechanisms(channel: Channel): string[];
  /** Undefined when the connection does not have this mechanism. The name's case does not matter. */
  login(mechanism: string, channel: Channel): Login | undefined;
}

export function createSasl(options: SaslOptions): Sasl {
  const { settings } = options;
  const subjects = new Map(settings.certificates.subjects.map(({ subject, account }) => [subject, account]));
  const enabled = mechanisms.filter(({ name }) => settings.mechanisms.includes(name));
  const binds = enabled.some(({ name }) => name.endsWith('-PLUS'));

  const contextOf = (channel: Channel): MechanismContext => ({
    channel,
    accounts: options.accounts,
    bindingOffered: binds && BINDINGS.some((type) => channel.tls?.binding(type) !== undefined),
    tokens: options.tokens,
    subjects,
    openidConfiguration: settings.oauth.openidConfiguration,
    random: options.random,
    guarded: (user, check) => options.guard.attempt(channel.address, user, check),
    admit: (user, authorization, data) => admit(options, user, authorization, data),
  });
  const offered = (channel: Channel, context: MechanismContext): Mechanism[] =>
    channel.tls !== undefined || (settings.clearOnLoopback && isLoopback(channel.address))
      ? enabled.filter((mechanism) => mechanism.available(context))
      : [];
  return {
    mechanisms: (channel) => offered(channel, contextOf(channel)).map(({ name }) => name),
    login(mechanism, channel) {
      const context = contextOf(channel);
      const found = offered(channel, context).find(({ name }) => name === mechanism.toUpperCase());
      return found === undefined ? undefined : new RunningLogin(found, context, options.log);
    },
  };
}

/** Who has proved to be `user` gets his own account, or another one when he may act for others. */
async function admit(
  { accounts, settings }: SaslOptions,
  user: string,
  authorization: string,
  data: Uint8Array | undefined,
): Promise<Outcome> {
  const last = data === undefined ? {} : { data };
  if (authorization === '') return { type: 'success', account: user, user, ...last };
  const account = await accounts.owner(authorization);
  const allowed = account === user || settings.proxyUsers.some((name) => normaliseAddress(name) === user);
  if (account === undefined || !allowed) return failure('unauthorized', user);
  return { type: 'success', account, user, ...last };
}

class RunningLogin implements Login {
  readonly #mechanism: Mechanism;
  readonly #exchange: Exchange;
  readonly #context: MechanismContext;
  readonly #log: Log;

  constructor(mechanism: Mechanism, context: MechanismContext, log: Log) {
    this.#mechanism = mechanism;
    this.#context = context;
    this.#exchange = mechanism.exchange(context);
    this.#log = log;
  }

  async begin(initial: Uint8Array | undefined): Promise<Step> {
    const first = await this.#step(() => this.#exchange.next());
    return first.type === 'challenge' && initial !== undefined ? this.respond(initial) : first;
  }

  respond(response: Uint8Array): Promise<Step> {
    return this.#step(() => this.#exchange.next(response));
  }

  cancel(): void {
    void this.#exchange.return(failure('malformed')).catch(() => undefined);
  }

  async #step(next: () => ReturnType<Exchange['next']>): Promise<Step> {
    let step: Step;
    try {
      const { done, value } = await next();
      step = done === true ? value : { type: 'challenge', data: value };
    } catch (error) {
      step = failure(reasonOf(error));
      if (step.reason === 'temporary') this.#log.error({ err: error }, 'login could not be checked');
    }
    this.#note(step);
    return step;
  }

  #note(step: Step): void {
    const who = { client: this.#context.channel.address, mechanism: this.#mechanism.name };
    if (step.type === 'success')
      this.#log.info(
        { ...who, account: step.account, ...(step.user === step.account ? {} : { by: step.user }) },
        'login',
      );
    else if (step.type === 'failure')
      this.#log.info({ ...who, user: step.user?.slice(0, 320), reason: step.reason }, 'login failed');
  }
}

function reasonOf(error: unknown): FailureReason {
  if (error instanceof TooManyFailures) return 'blocked';
  return error instanceof BusyError ? 'busy' : 'temporary';
}
