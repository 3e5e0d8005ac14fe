import { CONFIG_OPTION, loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/read.ts';
import { openConfiguredState } from '../daemon/accounts.ts';
import { forgetStandings, standingsOf } from '../filter/reputation/inspect.ts';
import type { ReputationSettings } from '../filter/reputation/settings.ts';
import { silentLog } from '../log.ts';
import { type State, StateError } from '../state/types.ts';
import type { AddCommand } from './commands.ts';
import { EXIT, type Io, table } from './io.ts';

interface Options {
  config?: string;
  json?: true;
}

const WHO = 'mail addresses, domains, IP addresses';

/** `tamis reputation show|forget`: how senders have behaved. */
export const addReputationCommand: AddCommand = (program, io, exit) => {
  const reputation = program.command('reputation').description('show and forget how senders have behaved');
  const run = async (
    options: Options,
    work: (state: State, settings: ReputationSettings) => Promise<void>,
  ): Promise<void> => {
    let state: State | undefined;
    try {
      const { config } = loadConfig(options.config, process.env);
      state = await openConfiguredState(config, silentLog);
      await work(state, config.filter.reputation);
      exit(EXIT.ok);
    } catch (error) {
      if (!(error instanceof ConfigError) && !(error instanceof StateError)) throw error;
      io.stderr(`tamis: ${error.message}\n`);
      exit(EXIT.input);
    } finally {
      await state?.close();
    }
  };
  reputation
    .command('show')
    .description('how many messages of them count today, and what they were worth: -1 ham to 1 spam')
    .argument('<who...>', WHO)
    .option('--json', 'an object a line')
    .option('--config <file>', CONFIG_OPTION)
    .action((who: string[], options: Options) =>
      run(options, (state, settings) => show(who, state, settings, options, io)),
    );
  reputation
    .command('forget')
    .description('begin anew with them')
    .argument('<who...>', WHO)
    .option('--config <file>', CONFIG_OPTION)
    .action((who: string[], options: Options) =>
      run(options, async (state, settings) => {
        let forgotten = 0;
        for (const one of who) forgotten += await forgetStandings(one, state, settings);
        io.stdout(`${forgotten} forgotten\n`);
      }),
    );
};

async function show(
  who: readonly string[],
  state: State,
  settings: ReputationSettings,
  { json }: Options,
  io: Io,
): Promise<void> {
  const found = [];
  for (const one of who) found.push(...(await standingsOf(one, state, settings, Date.now())));
  if (json === true) {
    for (const standing of found) io.stdout(`${JSON.stringify(standing)}\n`);
    return;
  }
  if (found.length === 0) io.stdout('nothing is known\n');
  else
    io.stdout(
      table(
        found.map(({ kind, name, messages, mean }) => [kind, name, messages.toFixed(1), mean.toFixed(2)]),
      ),
    );
}
