import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Log, silentLog } from '../../src/log.ts';
import { MemoryBudget } from '../../src/net/memory-budget.ts';
import type { Accounts } from '../../src/policy/accounts.ts';
import type { LoginSettings } from '../../src/policy/settings.ts';
import type { ImapServerOptions } from '../../src/servers/imap/options.ts';
import { createImapServer } from '../../src/servers/imap/server.ts';
import { defaultImapSettings, type ImapSettings } from '../../src/servers/imap/settings.ts';
import { createSqliteState } from '../../src/state/sqlite.ts';
import type { State } from '../../src/state/types.ts';
import { createMailStore, type OpenMailStore } from '../../src/store/mail/mail-store.ts';
import type { MailAccount } from '../../src/store/mail/types.ts';
import { defaultStoreSettings, type StoreSettings } from '../../src/store/settings.ts';
import { ImapClient } from './imap-client.ts';
import { ANNA, BERT, type Lifetime, LineRig, rigAccounts, rigSasl, SECRET } from './line-rig.ts';

export { ANNA, BERT, SECRET };
export const ADMIN = 'admin@example.org';

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
export class ImapRig extends LineRig<ImapClient> {
  folder = '';
  state!: State;
  accounts!: Accounts;
  store!: OpenMailStore;

  constructor(lifetime: Lifetime = 'test') {
    super(ImapClient, lifetime);
  }

  async start(options: ImapRigOptions = {}): Promise<void> {
    const log = options.log ?? silentLog;
    this.state = createSqliteState({ path: ':memory:', log: silentLog });
    this.afterwards(() => this.state.close());
    this.accounts = rigAccounts(this.state, options);
    for (const account of [ANNA, BERT, ADMIN]) await this.accounts.add(account, SECRET);
    this.store = createMailStore({
      folder: join(this.folder, 'mail'),
      settings: { ...defaultStoreSettings, administrators: [ADMIN], ...options.store },
      log,
      accountExists: (account) => this.accounts.exists(account),
    });
    this.afterwards(() => this.store.close());
    const server = createImapServer({
      settings: { ...defaultImapSettings, ...options.settings },
      sasl: rigSasl(this.state, this.accounts, options),
      store: this.store,
      search: this.store.search,
      appendLimit: 10_000_000,
      memory: new MemoryBudget(100_000_000),
      now: Date.now,
      log,
      ...options.server,
    });
    await this.serve(server, options.server?.tls !== undefined);
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

  protected override prepare(): void {
    this.folder = mkdtempSync(join(tmpdir(), 'tamis-imap-'));
    this.afterwards(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  protected greet(client: ImapClient): Promise<ImapClient> {
    return client.greeted();
  }

  protected async login(client: ImapClient, account: string): Promise<void> {
    await client.ok(`LOGIN "${account}" "${SECRET}"`);
  }
}
