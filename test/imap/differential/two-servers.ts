import { afterAll, beforeAll } from 'vitest';
import { Dovecot } from '../../support/dovecot.ts';
import { ImapClient, type ImapReply } from '../../support/imap-client.ts';
import { ImapRig, type ImapRigOptions } from '../../support/imap-rig.ts';

export const PASSWORD = 'correct-horse';
/** What Debian's Dovecot has and does not turn on by itself. */
const PLUGINS = `mail_plugins = acl quota notify
mail_attribute_dict = file:%h/attributes
protocol imap {
  mail_plugins = acl quota notify imap_acl imap_quota
  imap_metadata = yes
}
plugin {
  acl = vfile
  quota = maildir:User quota
}
`;

/** What both answered to the same command. */
export interface Both {
  readonly ours: ImapReply;
  readonly theirs: ImapReply;
}

/** A session at each server, for the same account. */
export class TwoClients {
  readonly ours: ImapClient;
  readonly theirs: ImapClient;

  constructor(ours: ImapClient, theirs: ImapClient) {
    this.ours = ours;
    this.theirs = theirs;
  }

  /** As {@link ImapClient.command}, at both. */
  async command(...pieces: readonly (string | Buffer)[]): Promise<Both> {
    const [ours, theirs] = await Promise.all([this.ours.command(...pieces), this.theirs.command(...pieces)]);
    return { ours, theirs };
  }

  /** Throws unless both say OK. */
  async ok(...pieces: readonly (string | Buffer)[]): Promise<Both> {
    const both = await this.command(...pieces);
    for (const { status, raw } of [both.ours, both.theirs])
      if (status !== 'OK') throw new Error(`${String(pieces[0])}: ${raw}`);
    return both;
  }

  destroy(): void {
    this.ours.destroy();
    this.theirs.destroy();
  }
}

/** Tamis in this process and Dovecot beside it, for the tests of one file; separator of mailbox names: `/`. */
export class TwoServers {
  readonly ours = new ImapRig('file');
  readonly theirs: Dovecot;
  readonly #clients: TwoClients[] = [];
  #accounts = 0;

  constructor(options: ImapRigOptions = {}) {
    this.theirs = new Dovecot({ password: PASSWORD, more: PLUGINS, separator: '/' });
    beforeAll(async () => {
      await this.ours.start(options);
      await this.theirs.start();
    });
    afterAll(async () => {
      for (const client of this.#clients) client.destroy();
      await this.theirs.dispose();
    });
  }

  /** A new account at both, with nothing in it. */
  async account(): Promise<string> {
    const account = `user${++this.#accounts}@example.org`;
    await this.ours.accounts.add(account, PASSWORD);
    return account;
  }

  /** A session at both. */
  async login(account: string): Promise<TwoClients> {
    const ours = await (await ImapClient.connect(this.ours.port)).greeted();
    const theirs = await (await ImapClient.connect(this.theirs.port)).greeted();
    const clients = new TwoClients(ours, theirs);
    this.#clients.push(clients);
    await clients.ok(`LOGIN "${account}" "${PASSWORD}"`);
    return clients;
  }
}
