import { existsSync } from 'node:fs';
import { stringify } from 'yaml';
import { CONFIG_OPTION, loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/read.ts';
import { configJsonSchema, printableConfig } from '../config/print.ts';
import { readModelFile } from '../config/model.ts';
import { readRules } from '../config/rules.ts';
import type { Config } from '../config/schema.ts';
import { filterFaults } from '../filter/faults.ts';
import type { AddCommand } from './commands.ts';
import { EXIT, paint } from './io.ts';

/** `tamis config check|print|schema`: what the settings are, and what is wrong with a file. */
export const addConfigCommand: AddCommand = (program, io, exit) => {
  const config = program.command('config').description('check, print and describe the configuration');

  const load = (
    file: string | undefined,
    then: (loaded: ReturnType<typeof loadConfig>) => void,
    keys = false,
  ): void => {
    try {
      then(loadConfig(file, process.env, { keys }));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const line of error.message.split('\n')) io.stderr(`${paint(io, 'red', line)}\n`);
      exit(EXIT.input);
    }
  };

  config
    .command('check')
    .description('read a configuration file and name every fault; silent and exit 0 when there is none')
    .option('--config <file>', CONFIG_OPTION)
    .action((options: { config?: string }) =>
      load(
        options.config,
        ({ config: { filter } }) => {
          // Without it the server does not start.
          readModelFile(filter.model);
          for (const text of warnings(filter)) io.stderr(`${paint(io, 'yellow', `warning: ${text}`)}\n`);
          exit(EXIT.ok);
        },
        true,
      ),
    );
  config
    .command('print')
    .description('print the settings in force, defaults included, secrets masked')
    .option('--config <file>', CONFIG_OPTION)
    .option('--json', 'as JSON')
    .action((options: { config?: string; json?: true }) =>
      load(options.config, (loaded) => {
        const shown = printableConfig(loaded);
        io.stdout(options.json ? `${JSON.stringify(shown)}\n` : stringify(shown));
      }),
    );
  config
    .command('schema')
    .description('print the JSON Schema of the configuration file, for editors')
    .action(() => io.stdout(`${JSON.stringify(configJsonSchema(), null, 2)}\n`));
};

/** What a server starts with all the same, and says in its log: files that cannot be read, names nothing has. */
function* warnings(filter: Config['filter']): Generator<string> {
  const { rules, faults } = readRules(filter.rules);
  // What is wrong inside the files is told by "tamis rules check".
  for (const { file, line, text } of faults) if (line === 0) yield `${file}: ${text}`;
  for (const [symbol, { file }] of Object.entries(filter.maps.lists))
    if (file !== undefined && !existsSync(file))
      yield `filter.maps.lists.${symbol}: ${file} is not there: the list is empty`;
  const names = rules.map(({ name }) => name);
  for (const { path, text } of filterFaults(filter, names)) yield `filter.${path}: ${text}`;
}
