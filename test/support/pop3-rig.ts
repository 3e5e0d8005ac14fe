import { randomBytes } from 'node:crypto';
import { afterEach } from 'vitest';
import { type Log, silentLog } from '../../src/log.ts';
import { createLoginGuard } from '../../src/policy/login-guard.ts';
import { createSasl } from '../../src/policy/sasl/sasl.ts';
import { defaultPolicySettings, type LoginSettings } from '../../src/policy/settings.ts';
import type { LineServer } from '../../src/servers/lines/line-server.ts';
import type { Pop3ServerOptions } from '../../src/servers/pop3/options.ts';
import { createPop3Server } from '../../src/servers/pop3/server.ts';
import { defaultPop3Settings, type Pop3Settings } from '../../src/servers/pop3/settings.ts';
import type { Mailbox } from '../../src/store/mail/types.ts';
import type { StoreSettings } from '../../src/store/settings.ts';
import { ANNA, ImapRig, SECRET } from './imap-rig.ts';
import { Pop3Client } from './pop3-client.ts';

export { ANNA, BERT, SECRET } from './imap-rig.ts';

export interface Pop3RigOptions {
  settings?: Partial<Pop3Settings>;
  logins?: Partial<LoginSettings>;
  store?: Partial<StoreSettings>;
  server?: Partial<Pop3ServerOptions>;
  log?: Log;
}

/** A POP3 server beside an IMAP server, on the mail of the same accounts; ended after each test. */
export class Pop3Rig {
  readonly imap = new ImapRig();
  server!: LineServer;
  port = 0;
  /** Where TLS comes first; 0 without TLS. */
  tlsPort = 0;
  readonly #clients: Pop3Client[] = [];
  readonly #servers: LineServer[] = [];

  constructor() {
    // Runs before what the IMAP rig does then.
    afterEach(async () => {
      for (const client of this.#clients.splice(0)) client.destroy();
      for (const server of this.#servers.splice(0)) await server.close(0);
    });
  }

  async start(options: Pop3RigOptions = {}): Promise<void> {
    const log = options.log ?? silentLog;
    const common = { log, ...(options.logins === undefined ? {} : { logins: options.logins }) };
    await this.imap.start({ ...common, ...(options.store === undefined ? {} : { store: options.store }) });
    const settings = {
      ...defaultPolicySettings.logins,
      clearOnLoopback: true,
      firstDelay: 0,
      ...options.logins,
    };
    this.server = createPop3Server({
      settings: { ...defaultPop3Settings, ...options.settings },
      sasl: createSasl({
        accounts: this.imap.accounts,
        guard: createLoginGuard({ state: this.imap.state, settings }),
        settings,
        random: (octets) => randomBytes(octets),
        log,
      }),
      store: this.imap.store,
      now: Date.now,
      log,
      ...options.server,
    });
    this.#servers.push(this.server);
    this.port = await this.#listen(false);
    if (options.server?.tls !== undefined) this.tlsPort = await this.#listen(true);
  }

  /** A client that has read nothing. */
  async connect(): Promise<Pop3Client> {
    return this.#keep(await Pop3Client.connect(this.port));
  }

  /** A client on the port where TLS comes first, that has read the greeting. */
  async tlsClient(): Promise<Pop3Client> {
    return this.#keep(await Pop3Client.connectTls(this.tlsPort)).greeted();
  }

  /** A client that has read the greeting. */
  async client(): Promise<Pop3Client> {
    return (await this.connect()).greeted();
  }

  /** A client that has logged in. */
  async loggedIn(account = ANNA): Promise<Pop3Client> {
    const client = await this.client();
    const answer = await client.login(account, SECRET);
    if (!answer.startsWith('+OK')) throw new Error(answer);
    return client;
  }

  /** A client that has logged in to a maildrop with these messages; LF becomes CRLF. */
  async with(...texts: readonly string[]): Promise<Pop3Client> {
    await this.start();
    if (texts.length > 0) await this.imap.deliver(texts);
    return this.loggedIn();
  }

  /** The inbox of an account, past POP3. */
  async inbox(account = ANNA): Promise<Mailbox> {
    const found = await (await this.imap.mail(account)).mailbox('INBOX');
    if (found === undefined) throw new Error('no INBOX');
    return found;
  }

  #keep(client: Pop3Client): Pop3Client {
    this.#clients.push(client);
    return client;
  }

  async #listen(implicitTls: boolean): Promise<number> {
    const place = await this.server.listen({ host: '127.0.0.1', port: 0 }, { implicitTls });
    return 'port' in place ? place.port : 0;
  }
}
