import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/log.ts';
import type { Accounts } from '../../src/policy/accounts.ts';
import type { ManageSieveOptions } from '../../src/servers/managesieve/options.ts';
import { createManageSieveServer } from '../../src/servers/managesieve/server.ts';
import {
  defaultManageSieveSettings,
  type ManageSieveSettings,
} from '../../src/servers/managesieve/settings.ts';
import { capabilities, compile } from '../../src/sieve/index.ts';
import { createSqliteState } from '../../src/state/sqlite.ts';
import type { State } from '../../src/state/types.ts';
import { createScriptStore } from '../../src/store/script-store.ts';
import { defaultStoreSettings, type StoreSettings } from '../../src/store/settings.ts';
import { ANNA, LineRig, rigAccounts, type RigLogins, rigSasl, SECRET, testIdentity } from './line-rig.ts';
import { SieveClient } from './managesieve-client.ts';

export { ANNA, SECRET, testIdentity };

export interface RigOptions extends RigLogins {
  settings?: Partial<ManageSieveSettings>;
  store?: Partial<StoreSettings>;
  server?: Partial<ManageSieveOptions>;
}

/** A ManageSieve server on a port of loopback, with a store, the account of anna, and clients; ended after each test. */
export class ManageSieveRig extends LineRig<SieveClient> {
  folder = '';
  state!: State;
  accounts!: Accounts;

  constructor() {
    super(SieveClient);
  }

  async start(options: RigOptions = {}): Promise<void> {
    const log = options.log ?? silentLog;
    this.accounts = rigAccounts(this.state, options);
    if (!(await this.accounts.exists(ANNA)))
      await this.accounts.add(ANNA, SECRET, { aliases: ['info@example.org'] });
    const storeSettings = { ...defaultStoreSettings, ...options.store };
    const server = createManageSieveServer({
      settings: { ...defaultManageSieveSettings, ...options.settings },
      sasl: rigSasl(this.state, this.accounts, options),
      scripts: createScriptStore({ folder: join(this.folder, 'sieve'), settings: storeSettings }),
      compile: (source, name, include) =>
        compile(source, { name, ...(include === undefined ? {} : { include }) }),
      capabilities,
      scriptBytes: storeSettings.maxScriptBytes,
      redirects: 4,
      log,
      ...options.server,
    });
    await this.serve(server, false);
  }

  protected override prepare(): void {
    this.folder = mkdtempSync(join(tmpdir(), 'tamis-managesieve-'));
    this.afterwards(() => rmSync(this.folder, { recursive: true, force: true }));
    this.state = createSqliteState({ path: ':memory:', log: silentLog });
    this.afterwards(() => this.state.close());
  }

  protected async greet(client: SieveClient): Promise<SieveClient> {
    await client.reply();
    return client;
  }

  protected async login(client: SieveClient, account: string): Promise<void> {
    const answer = await client.plain(account, SECRET);
    if (answer.status !== 'OK') throw new Error(answer.raw);
  }
}
