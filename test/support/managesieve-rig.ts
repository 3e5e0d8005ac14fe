import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Log, silentLog } from '../../src/log.ts';
import { selfSignedCertificate, type TlsIdentity } from '../../src/net/tls.ts';
import { createAccounts, type Accounts } from '../../src/policy/accounts.ts';
import { createLoginGuard } from '../../src/policy/login-guard.ts';
import type { TokenVerifier } from '../../src/policy/sasl/oauth/token.ts';
import { createSasl } from '../../src/policy/sasl/sasl.ts';
import { defaultPolicySettings, type LoginSettings } from '../../src/policy/settings.ts';
import type { ManageSieveOptions } from '../../src/servers/managesieve/options.ts';
import { createManageSieveServer } from '../../src/servers/managesieve/server.ts';
import type { LineServer } from '../../src/servers/lines/line-server.ts';
import {
  defaultManageSieveSettings,
  type ManageSieveSettings,
} from '../../src/servers/managesieve/settings.ts';
import { capabilities, compile } from '../../src/sieve/index.ts';
import { createSqliteState } from '../../src/state/sqlite.ts';
import type { State } from '../../src/state/types.ts';
import { createScriptStore } from '../../src/store/script-store.ts';
import { defaultStoreSettings, type StoreSettings } from '../../src/store/settings.ts';
import { SieveClient } from './managesieve-client.ts';

export const ANNA = 'anna@example.org';
export const SECRET = 'correct horse';

export interface RigOptions {
  settings?: Partial<ManageSieveSettings>;
  logins?: Partial<LoginSettings>;
  store?: Partial<StoreSettings>;
  server?: Partial<ManageSieveOptions>;
  tokens?: TokenVerifier;
  /** Rounds of SCRAM's keys; few, so that tests are quick. */
  scramIterations?: number;
  log?: Log;
}

let identity: Promise<TlsIdentity> | undefined;
/** Made once for a file of tests. */
export const testIdentity = (): Promise<TlsIdentity> =>
  (identity ??= selfSignedCertificate('mail.example.org', new Date()));

/** A ManageSieve server on a port of loopback, with a store, the account of anna, and clients; ended after each test. */
export class ManageSieveRig {
  folder = '';
  state!: State;
  accounts!: Accounts;
  server!: LineServer;
  port = 0;
  readonly #clients: SieveClient[] = [];
  readonly #servers: LineServer[] = [];

  constructor() {
    beforeEach(() => {
      this.folder = mkdtempSync(join(tmpdir(), 'tamis-managesieve-'));
      this.state = createSqliteState({ path: ':memory:', log: silentLog });
    });
    afterEach(async () => {
      for (const client of this.#clients.splice(0)) client.destroy();
      for (const server of this.#servers.splice(0)) await server.close(0);
      await this.state.close();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  async start(options: RigOptions = {}): Promise<void> {
    const log = options.log ?? silentLog;
    // In clear on loopback unless a test is about TLS: the commands are the same.
    const logins = {
      ...defaultPolicySettings.logins,
      clearOnLoopback: true,
      firstDelay: 0,
      ...options.logins,
    };
    const settings = {
      ...defaultPolicySettings,
      domains: ['example.org'],
      logins,
      accounts: {
        ...defaultPolicySettings.accounts,
        hashMemory: 64,
        hashPasses: 1,
        scramIterations: options.scramIterations ?? 4096,
      },
    };
    const random = (octets: number): Uint8Array => randomBytes(octets);
    this.accounts = createAccounts({ state: this.state, settings, random });
    if (!(await this.accounts.exists(ANNA)))
      await this.accounts.add(ANNA, SECRET, { aliases: ['info@example.org'] });
    const storeSettings = { ...defaultStoreSettings, ...options.store };
    const { tokens } = options;
    this.server = createManageSieveServer({
      settings: { ...defaultManageSieveSettings, ...options.settings },
      sasl: createSasl({
        accounts: this.accounts,
        guard: createLoginGuard({ state: this.state, settings: logins }),
        settings: logins,
        random,
        log,
        ...(tokens === undefined ? {} : { tokens }),
      }),
      scripts: createScriptStore({ folder: join(this.folder, 'sieve'), settings: storeSettings }),
      compile: (source, name, include) =>
        compile(source, { name, ...(include === undefined ? {} : { include }) }),
      capabilities,
      scriptBytes: storeSettings.maxScriptBytes,
      redirects: 4,
      log,
      ...options.server,
    });
    this.#servers.push(this.server);
    const place = await this.server.listen({ host: '127.0.0.1', port: 0 });
    this.port = 'port' in place ? place.port : 0;
  }

  /** A client that has read nothing. */
  async connect(): Promise<SieveClient> {
    const client = await SieveClient.connect(this.port);
    this.#clients.push(client);
    return client;
  }

  /** A client that has read the greeting. */
  async client(): Promise<SieveClient> {
    const client = await this.connect();
    await client.reply();
    return client;
  }

  /** A client that has logged in as anna. */
  async loggedIn(): Promise<SieveClient> {
    const client = await this.client();
    const answer = await client.plain(ANNA, SECRET);
    if (answer.status !== 'OK') throw new Error(answer.raw);
    return client;
  }
}
