import { randomBytes } from 'node:crypto';
import { ConfigError } from '../config/read.ts';
import { CONFIG_OPTION, loadConfig } from '../config/load.ts';
import { openAccounts, openConfiguredState } from '../daemon/accounts.ts';
import { silentLog } from '../log.ts';
import { AccountError, type Accounts } from '../policy/accounts.ts';
import { generatePassword } from '../policy/password.ts';
import { StateError } from '../state/types.ts';
import type { AddCommand } from './commands.ts';
import { EXIT, paint, repeated, table } from './io.ts';

interface Options {
  config?: string;
  json?: true;
  passwordStdin?: true;
  alias?: string[];
}

/** A password on standard input is one line; no more is read. */
const MAX_PASSWORD = 1024;

/** `tamis user add|list|remove|passwd`: the accounts; a running server sees changes at once. */
export const addUserCommand: AddCommand = (program, io, exit) => {
  const user = program.command('user').description('manage accounts; a running server sees changes at once');

  const run = async (options: Options, work: (accounts: Accounts) => Promise<void>): Promise<void> => {
    try {
      const { config } = loadConfig(options.config, process.env);
      const state = await openConfiguredState(config, silentLog);
      try {
        await work(openAccounts(config, state));
      } finally {
        await state.close();
      }
    } catch (error) {
      if (!(error instanceof ConfigError || error instanceof AccountError || error instanceof StateError))
        throw error;
      io.stderr(`${paint(io, 'red', `tamis: ${error.message}`)}\n`);
      exit(EXIT.input);
    }
  };
  const password = async (options: Options): Promise<{ text: string; generated: boolean }> =>
    options.passwordStdin
      ? { text: await readLine(), generated: false }
      : { text: generatePassword(randomBytes), generated: true };
  const command = (name: string, description: string) =>
    user.command(name).description(description).option('--config <file>', CONFIG_OPTION);

  command('add', 'add an account; prints the password when it makes one')
    .argument('<address>', 'name@domain, of one of policy.domains')
    .option('--alias <address>', 'other address of the account; may be repeated', repeated)
    .option('--password-stdin', 'read the password from standard input')
    .action((address: string, options: Options) =>
      run(options, async (accounts) => {
        const { text, generated } = await password(options);
        const added = await accounts.add(address, text, { aliases: options.alias ?? [] });
        io.stdout(generated ? `${added.address}  password: ${text}\n` : `${added.address}\n`);
      }),
    );
  command('list', 'list the accounts')
    .option('--json', 'one JSON object a line')
    .action((options: Options) =>
      run(options, async (accounts) => {
        const all = await accounts.list();
        if (options.json) for (const account of all) io.stdout(`${JSON.stringify(account)}\n`);
        else if (all.length > 0)
          io.stdout(
            `${table(all.map(({ address, aliases, created }) => [address, new Date(created).toISOString().slice(0, 10), aliases.join(' ')]))}\n`,
          );
      }),
    );
  command('remove', 'remove an account and its aliases; its mail stays')
    .argument('<address>')
    .action((address: string, options: Options) =>
      run(options, async (accounts) => {
        if (!(await accounts.remove(address)))
          throw new AccountError('not-found', `there is no account ${address}`);
      }),
    );
  command('passwd', 'give an account another password; prints it when it makes one')
    .argument('<address>')
    .option('--password-stdin', 'read the password from standard input')
    .action((address: string, options: Options) =>
      run(options, async (accounts) => {
        const { text, generated } = await password(options);
        await accounts.passwd(address, text);
        if (generated) io.stdout(`password: ${text}\n`);
      }),
    );
};

/** The first line of standard input. */
async function readLine(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8');
    if (text.includes('\n') || text.length > MAX_PASSWORD) break;
  }
  return (text.split('\n')[0] ?? '').replace(/\r$/, '');
}
