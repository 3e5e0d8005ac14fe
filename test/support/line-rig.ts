import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Log, silentLog } from '../../src/log.ts';
import { selfSignedCertificate, type TlsIdentity } from '../../src/net/tls.ts';
import { type Accounts, createAccounts } from '../../src/policy/accounts.ts';
import { createLoginGuard } from '../../src/policy/login-guard.ts';
import type { TokenVerifier } from '../../src/policy/sasl/oauth/token.ts';
import { createSasl, type Sasl } from '../../src/policy/sasl/sasl.ts';
import { defaultPolicySettings, type LoginSettings } from '../../src/policy/settings.ts';
import type { LineServer } from '../../src/servers/lines/line-server.ts';
import type { State } from '../../src/state/types.ts';
import type { LineClient } from './line-client.ts';

export const ANNA = 'anna@example.org';
export const BERT = 'bert@example.org';
export const SECRET = 'correct horse';

let identity: Promise<TlsIdentity> | undefined;
/** Made once for a file of tests. */
export const testIdentity = (): Promise<TlsIdentity> =>
  (identity ??= selfSignedCertificate('mail.example.org', new Date()));

export interface RigLogins {
  logins?: Partial<LoginSettings>;
  tokens?: TokenVerifier;
  /** Rounds of SCRAM's keys; few, so that tests are quick. */
  scramIterations?: number;
  log?: Log;
}

const random = (octets: number): Uint8Array => randomBytes(octets);

/** In clear on loopback unless a test is about TLS: the commands are the same. */
const loginSettings = (logins: Partial<LoginSettings> = {}): LoginSettings => ({
  ...defaultPolicySettings.logins,
  clearOnLoopback: true,
  firstDelay: 0,
  ...logins,
});

/** Accounts whose passwords cost nothing. */
export function rigAccounts(state: State, { logins, scramIterations = 4096 }: RigLogins): Accounts {
  const accounts = { ...defaultPolicySettings.accounts, hashMemory: 64, hashPasses: 1, scramIterations };
  const settings = {
    ...defaultPolicySettings,
    domains: ['example.org'],
    logins: loginSettings(logins),
    accounts,
  };
  return createAccounts({ state, settings, random });
}

export function rigSasl(
  state: State,
  accounts: Accounts,
  { logins, tokens, log = silentLog }: RigLogins,
): Sasl {
  const settings = loginSettings(logins);
  const guard = createLoginGuard({ state, settings });
  return createSasl({ accounts, guard, settings, random, log, ...(tokens === undefined ? {} : { tokens }) });
}

interface ClientClass<C> {
  new (socket: Socket): C;
  connect(this: new (socket: Socket) => C, port: number): Promise<C>;
  connectTls(this: new (socket: Socket) => C, port: number, options?: ConnectionOptions): Promise<C>;
}

/** What a rig is for: one test, or all of a file. */
export type Lifetime = 'test' | 'file';

/** A server of lines on a port of loopback, and clients of it; ended after its lifetime. */
export abstract class LineRig<C extends LineClient> {
  server!: LineServer;
  port = 0;
  /** Where TLS comes first; 0 without TLS. */
  tlsPort = 0;
  readonly #client: ClientClass<C>;
  readonly #clients: C[] = [];
  readonly #ends: (() => unknown)[] = [];

  constructor(client: ClientClass<C>, lifetime: Lifetime = 'test') {
    this.#client = client;
    const [before, after] = lifetime === 'test' ? [beforeEach, afterEach] : [beforeAll, afterAll];
    before(() => this.prepare());
    after(async () => {
      for (const one of this.#clients.splice(0)) one.destroy();
      for (const end of this.#ends.splice(0).toReversed()) await end();
    });
  }

  /** A client that has read nothing. */
  async connect(): Promise<C> {
    return this.#keep(await this.#client.connect(this.port));
  }

  /** A client that has read the greeting. */
  async client(): Promise<C> {
    return this.greet(await this.connect());
  }

  /** The same on the port where TLS comes first. */
  async tlsClient(): Promise<C> {
    return this.greet(this.#keep(await this.#client.connectTls(this.tlsPort)));
  }

  /** A client that has logged in. */
  async loggedIn(account = ANNA): Promise<C> {
    const client = await this.client();
    await this.login(client, account);
    return client;
  }

  /** What is there before a test starts the server. */
  protected prepare(): void {}

  protected abstract greet(client: C): Promise<C>;
  /** Rejects when it is refused. */
  protected abstract login(client: C, account: string): Promise<void>;

  /** What is to be done after the test; what was begun last is ended first. */
  protected afterwards(end: () => unknown): void {
    this.#ends.push(end);
  }

  protected async serve(server: LineServer, tls: boolean): Promise<void> {
    this.server = server;
    this.afterwards(() => server.close(0));
    this.port = await this.#listen(false);
    if (tls) this.tlsPort = await this.#listen(true);
  }

  #keep(client: C): C {
    this.#clients.push(client);
    return client;
  }

  async #listen(implicitTls: boolean): Promise<number> {
    const place = await this.server.listen({ host: '127.0.0.1', port: 0 }, { implicitTls });
    return 'port' in place ? place.port : 0;
  }
}
