import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { openAccounts, openConfiguredState } from '../../src/daemon/accounts.ts';
import { silentLog } from '../../src/log.ts';
import { createMailStore } from '../../src/store/mail/mail-store.ts';
import { type CommandRun, runCommand } from './cli.ts';

export const ANNA = 'anna@example.org';
export const BERT = 'bert@example.org';

/** A message of a mailbox as a test compares it. */
export interface KeptMessage {
  readonly uid: number;
  readonly text: string;
  readonly system: number;
  readonly keywords: string;
  readonly date: string;
}

/** A configuration with the accounts of anna and bert in a folder of its own, for commands; removed after each test. */
export class MailHome {
  folder = '';

  constructor() {
    beforeEach(async () => {
      this.folder = mkdtempSync(join(tmpdir(), 'tamis-home-'));
      writeFileSync(this.config, 'data: data\npolicy: {domains: [example.org]}\n');
      const { config } = loadConfig(this.config, {});
      const state = await openConfiguredState(config, silentLog);
      const accounts = openAccounts(config, state);
      for (const account of [ANNA, BERT]) await accounts.add(account, 'correct horse battery');
      await state.close();
    });
    afterEach(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  get config(): string {
    return join(this.folder, 'tamis.yaml');
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  tamis(...args: readonly string[]): Promise<CommandRun> {
    return runCommand(this.config, ...args);
  }

  /** The mailboxes of an account with their messages; octets as latin1, with CRLF. */
  async kept(account = ANNA): Promise<Record<string, KeptMessage[]>> {
    const { config } = loadConfig(this.config, {});
    const store = createMailStore({
      folder: join(config.data, 'mail'),
      settings: config.store,
      log: silentLog,
    });
    try {
      const found: Record<string, KeptMessage[]> = {};
      for (const mailbox of await (await store.account(account)).mailboxes()) {
        await mailbox.sync();
        const messages: KeptMessage[] = [];
        for (const { uid, system, keywords, internalDate } of mailbox.facts([[1, 0xffff_ffff]])) {
          const text = (await mailbox.bytes(uid))?.toString('latin1') ?? '';
          messages.push({ uid, text, system, keywords, date: new Date(internalDate).toISOString() });
        }
        found[mailbox.name] = messages;
      }
      return found;
    } finally {
      await store.close();
    }
  }
}
