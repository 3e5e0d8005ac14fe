import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Log, silentLog } from '../../src/log.ts';
import { MemoryBudget } from '../../src/net/memory-budget.ts';
import { type Accounts, createAccounts } from '../../src/policy/accounts.ts';
import { createLoginGuard } from '../../src/policy/login-guard.ts';
import { createSasl } from '../../src/policy/sasl/sasl.ts';
import { defaultPolicySettings, type LoginSettings } from '../../src/policy/settings.ts';
import type { ImapServerOptions } from '../../src/servers/imap/options.ts';
import { createImapServer } from '../../src/servers/imap/server.ts';
import { defaultImapSettings, type ImapSettings } from '../../src/servers/imap/settings.ts';
import type { LineServer } from '../../src/servers/lines/line-server.ts';
import { createSqliteState } from '../../src/state/sqlite.ts';
import type { State } from '../../src/state/types.ts';
import { createMailStore, type OpenMailStore } from '../../src/store/mail/mail-store.ts';
import type { MailAccount } from '../../src/store/mail/types.ts';
import { defaultStoreSettings, type StoreSettings } from '../../src/store/settings.ts';
import { ImapClient } from './imap-client.ts';

export const ANNA = 'anna@example.org';
export const BERT = 'bert@example.org';
export const ADMIN = 'admin@example.org';
export const SECRET = 'correct horse';

export interface ImapRigOptions {
  settings?: Partial<ImapSettings>;
  logins?: Partial<LoginSettings>;
  store?: Partial<StoreSettings>;
  server?: Partial<ImapServerOptions>;
  log?: Log;
}

/**
 * An IMAP server on a port of loopback with a mail store, the accounts of anna, bert and an administrator, and clients;
 * ended after each test, or after all of the file.
 */
export class ImapRig {
  folder = '';
  state!: State;
  accounts!: Accounts;
  store!: OpenMailStore;
  server!: LineServer;
  port = 0;
  /** Where TLS comes first; 0 without TLS. */
  tlsPort = 0;
  readonly #clients: ImapClient[] = [];
  readonly #ends: (() => Promise<void>)[] = [];

  constructor(lifetime: 'test' | 'file' = 'test') {
    const [before, after] = lifetime === 'test' ? [beforeEach, afterEach] : [beforeAll, afterAll];
    before(() => {
      this.folder = mkdtempSync(join(tmpdir(), 'tamis-imap-'));
    });
    after(async () => {
      for (const client of this.#clients.splice(0)) client.destroy();
      for (const end of this.#ends.splice(0).toReversed()) await end();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  async start(options: ImapRigOptions = {}): Promise<void> {
    const log = options.log ?? silentLog;
    this.state = createSqliteState({ path: ':memory:', log: silentLog });
    this.#ends.push(() => this.state.close());
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
      accounts: { ...defaultPolicySettings.accounts, hashMemory: 64, hashPasses: 1, scramIterations: 4096 },
    };
    const random = (octets: number): Uint8Array => randomBytes(octets);
    this.accounts = createAccounts({ state: this.state, settings, random });
    for (const account of [ANNA, BERT, ADMIN]) await this.accounts.add(account, SECRET);
    this.store = createMailStore({
      folder: join(this.folder, 'mail'),
      settings: { ...defaultStoreSettings, administrators: [ADMIN], ...options.store },
      log,
      accountExists: (account) => this.accounts.exists(account),
    });
    this.#ends.push(() => this.store.close());
    this.server = createImapServer({
      settings: { ...defaultImapSettings, ...options.settings },
      sasl: createSasl({
        accounts: this.accounts,
        guard: createLoginGuard({ state: this.state, settings: logins }),
        settings: logins,
        random,
        log,
      }),
      store: this.store,
      search: this.store.search,
      appendLimit: 10_000_000,
      memory: new MemoryBudget(100_000_000),
      now: Date.now,
      log,
      ...options.server,
    });
    this.#ends.push(() => this.server.close(0));
    this.port = await this.#listen(false);
    if (options.server?.tls !== undefined) this.tlsPort = await this.#listen(true);
  }

  /** A client that has read nothing. */
  async connect(): Promise<ImapClient> {
    return this.#keep(await ImapClient.connect(this.port));
  }

  /** A client on the port where TLS comes first, that has read the greeting. */
  async tlsClient(): Promise<ImapClient> {
    return this.#keep(await ImapClient.connectTls(this.tlsPort)).greeted();
  }

  /** A client that has read the greeting. */
  async client(): Promise<ImapClient> {
    return (await this.connect()).greeted();
  }

  /** A client that has logged in. */
  async loggedIn(account = ANNA): Promise<ImapClient> {
    const client = await this.client();
    await client.ok(`LOGIN "${account}" "${SECRET}"`);
    return client;
  }

  /** A client with a mailbox open. */
  async selected(mailbox = 'INBOX', account = ANNA): Promise<ImapClient> {
    const client = await this.loggedIn(account);
    await client.ok(`SELECT "${mailbox}"`);
    return client;
  }

  /** The mailboxes of an account, past IMAP. */
  mail(account = ANNA): Promise<MailAccount> {
    return this.store.account(account);
  }

  /** Messages put into a mailbox past IMAP; their UIDs. */
  async deliver(texts: readonly string[], mailbox = 'INBOX', account = ANNA): Promise<readonly number[]> {
    const box = await (await this.mail(account)).mailbox(mailbox);
    if (box === undefined) throw new Error(`there is no ${mailbox}`);
    const messages = texts.map((text) => ({
      pieces: [Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1')],
    }));
    return (await box.append(messages)).uids;
  }

  #keep(client: ImapClient): ImapClient {
    this.#clients.push(client);
    return client;
  }

  async #listen(implicitTls: boolean): Promise<number> {
    const place = await this.server.listen({ host: '127.0.0.1', port: 0 }, { implicitTls });
    return 'port' in place ? place.port : 0;
  }
}
