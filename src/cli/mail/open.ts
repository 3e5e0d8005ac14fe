import { join } from 'node:path';
import { ConfigError } from '../../config/read.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { openAccounts, openConfiguredState } from '../../daemon/accounts.ts';
import { silentLog } from '../../log.ts';
import { StateError } from '../../state/types.ts';
import { createMailStore, type OpenMailStore } from '../../store/mail/mail-store.ts';
import type { MailUser } from '../../store/mail/types.ts';
import type { MailUsers } from '../../store/mail/users.ts';
import { StoreError } from '../../store/types.ts';
import { EXIT, type Io, paint } from '../io.ts';

/** What the commands about mailboxes work with: the store of a configuration, beside a server that may be running. */
export interface Mail {
  readonly config: Config;
  readonly store: OpenMailStore;
  readonly users: MailUsers;
  /** The account of an address, an alias taken too. Throws {@link UsageFault} when nobody has it. */
  account(address: string): Promise<string>;
  /** That account's own names, and every right to manage. */
  owner(address: string): Promise<MailUser>;
}

/** What a person asked for cannot be: said in one line. */
export class UsageFault extends Error {}

export interface MailOptions {
  readonly config?: string;
  readonly json?: true;
}

/** Opens the mail of a configuration, does the work and closes it; says what is wrong, and exits with 1 then. */
export async function withMail(
  options: MailOptions,
  io: Io,
  exit: (code: number) => void,
  work: (mail: Mail) => Promise<void>,
): Promise<void> {
  try {
    const { config } = loadConfig(options.config, process.env);
    const state = await openConfiguredState(config, silentLog);
    const accounts = openAccounts(config, state);
    const store = createMailStore({
      folder: join(config.data, 'mail'),
      settings: config.store,
      log: silentLog,
      accountExists: (account) => accounts.exists(account),
    });
    const { users } = store;
    const account = async (address: string): Promise<string> => {
      const name = address.normalize('NFC').toLowerCase();
      const owner = name === config.store.namespaces.publicAccount ? name : await accounts.owner(name);
      if (owner !== undefined) return owner;
      // Mail outlives its account.
      if ((await users.accounts()).includes(name)) return name;
      throw new UsageFault(`there is no account ${address}`);
    };
    try {
      await work({
        config,
        store,
        users,
        account,
        owner: async (address) => users.user(await account(address), { administrator: true }),
      });
    } finally {
      await store.close();
      await state.close();
    }
  } catch (error) {
    const expected =
      error instanceof ConfigError ||
      error instanceof StateError ||
      error instanceof StoreError ||
      error instanceof UsageFault;
    if (!expected) throw error;
    io.stderr(`${paint(io, 'red', `tamis: ${error.message}`)}\n`);
    exit(EXIT.input);
  }
}
