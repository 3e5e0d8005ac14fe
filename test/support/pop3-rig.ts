import { type Log, silentLog } from '../../src/log.ts';
import type { LoginSettings } from '../../src/policy/settings.ts';
import type { Pop3ServerOptions } from '../../src/servers/pop3/options.ts';
import { createPop3Server } from '../../src/servers/pop3/server.ts';
import { defaultPop3Settings, type Pop3Settings } from '../../src/servers/pop3/settings.ts';
import type { Mailbox } from '../../src/store/mail/types.ts';
import type { StoreSettings } from '../../src/store/settings.ts';
import { ANNA, ImapRig, SECRET } from './imap-rig.ts';
import { LineRig, rigSasl } from './line-rig.ts';
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
export class Pop3Rig extends LineRig<Pop3Client> {
  readonly imap: ImapRig;

  // Made before what is ended after each test is noted here: the server goes before the store.
  constructor(imap = new ImapRig()) {
    super(Pop3Client);
    this.imap = imap;
  }

  async start(options: Pop3RigOptions = {}): Promise<void> {
    const log = options.log ?? silentLog;
    const common = { log, ...(options.logins === undefined ? {} : { logins: options.logins }) };
    await this.imap.start({ ...common, ...(options.store === undefined ? {} : { store: options.store }) });
    const server = createPop3Server({
      settings: { ...defaultPop3Settings, ...options.settings },
      sasl: rigSasl(this.imap.state, this.imap.accounts, common),
      store: this.imap.store,
      now: Date.now,
      log,
      ...options.server,
    });
    await this.serve(server, options.server?.tls !== undefined);
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

  protected greet(client: Pop3Client): Promise<Pop3Client> {
    return client.greeted();
  }

  protected async login(client: Pop3Client, account: string): Promise<void> {
    const answer = await client.login(account, SECRET);
    if (!answer.startsWith('+OK')) throw new Error(answer);
  }
}
