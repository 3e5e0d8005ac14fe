import { resolve } from 'node:path';
import { CONFIG_OPTION, loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { openConfiguredState } from '../daemon/accounts.ts';
import { bayesFolder, sharedBayes } from '../daemon/bayes.ts';
import { type ClassCounts, COUNTED, countsOf, SEEN } from '../filter/bayes/entries.ts';
import { SnapshotError, writeSnapshot } from '../filter/bayes/files.ts';
import { viewTable } from '../filter/bayes/load.ts';
import { BayesStore } from '../filter/bayes/store.ts';
import { TokenCounts } from '../filter/bayes/table.ts';
import { TOKENIZER } from '../filter/bayes/tokenize.ts';
import { silentLog } from '../log.ts';
import { StateError } from '../state/types.ts';
import type { AddCommand } from './commands.ts';
import { EXIT, type Io, table as columns } from './io.ts';

interface Options {
  config?: string;
  json?: true;
  replace?: true;
}

/** `tamis bayes stats|export|import`: the table of what was learned. */
export const addBayesCommand: AddCommand = (program, io, exit) => {
  const bayes = program.command('bayes').description('show, save and restore what was learned');
  const run = async (options: Options, work: (config: Config) => Promise<number>): Promise<void> => {
    try {
      exit(await work(loadConfig(options.config, process.env).config));
    } catch (error) {
      const expected =
        error instanceof ConfigError ||
        error instanceof StateError ||
        error instanceof SnapshotError ||
        (error as NodeJS.ErrnoException).code !== undefined;
      if (!expected) throw error;
      io.stderr(`tamis: ${(error as Error).message}\n`);
      exit(EXIT.input);
    }
  };
  bayes
    .command('stats')
    .description('how many messages and tokens were learned')
    .option('--json', 'as JSON')
    .option('--config <file>', CONFIG_OPTION)
    .action((options: Options) => run(options, (config) => statistics(config, options, io)));
  bayes
    .command('export')
    .description('write all that was learned into a file, which any machine of ours can import')
    .argument('<file>', 'file to write; replaced when it is there')
    .option('--config <file>', CONFIG_OPTION)
    .action((file: string, options: Options) => run(options, (config) => exportTable(config, file, io)));
  bayes
    .command('import')
    .description('put what was exported in the place of what was learned; no server may be running')
    .argument('<file>', 'file that "tamis bayes export" wrote')
    .option('--replace', 'even when something was learned here already, which is then lost')
    .option('--config <file>', CONFIG_OPTION)
    .action((file: string, options: Options) =>
      run(options, (config) => importTable(config, file, options, io)),
    );
};

interface Statistics {
  learned: ClassCounts;
  counted: ClassCounts;
  /** Requests that wait for more of the other class. */
  waiting: number;
  minimum: number;
  tokens?: { used: number; slots: number };
}

async function statistics(config: Config, { json }: Options, io: Io): Promise<number> {
  const found = config.filter.bayes.backend === 'state' ? await ofState(config) : await ofFiles(config);
  if (json) {
    io.stdout(`${JSON.stringify(found)}\n`);
    return EXIT.ok;
  }
  const { learned, counted, waiting, minimum, tokens } = found;
  const rows: (string | number)[][] = [
    ['', 'spam', 'ham'],
    ['learned', learned.spam, learned.ham],
    ['counted', counted.spam, counted.ham],
  ];
  io.stdout(`${columns(rows)}\n`);
  if (tokens !== undefined)
    io.stdout(`${tokens.used} entries, ${((100 * tokens.used) / tokens.slots).toFixed(1)} % of the table\n`);
  if (waiting > 0) io.stdout(`${waiting} messages wait for more of the other class\n`);
  if (Math.min(learned.spam, learned.ham) < minimum)
    io.stdout(`not in use yet: ${minimum} of either class are needed\n`);
  return EXIT.ok;
}

async function ofFiles(config: Config): Promise<Statistics> {
  const settings = config.filter.bayes;
  const { table, waiting } = await viewTable({ folder: bayesFolder(config), settings, log: silentLog });
  return {
    learned: countsOf(table, SEEN),
    counted: countsOf(table, COUNTED),
    waiting: waiting.length,
    minimum: settings.minimumLearned,
    tokens: { used: table.size, slots: table.slots },
  };
}

async function ofState(config: Config): Promise<Statistics> {
  const state = await openConfiguredState(config, silentLog);
  try {
    const shared = sharedBayes(config, state, silentLog);
    await shared.fetch(new BigUint64Array([SEEN, COUNTED]));
    const table = new TokenCounts(shared.memory);
    return {
      learned: countsOf(table, SEEN),
      counted: countsOf(table, COUNTED),
      waiting: 0,
      minimum: config.filter.bayes.minimumLearned,
    };
  } finally {
    await state.close();
  }
}

/** Files are a matter of one machine; a state is saved with the tools of its server. */
const ONLY_FILES = 'filter.bayes.backend is "state": save and restore it with the tools of that server';

async function exportTable(config: Config, file: string, io: Io): Promise<number> {
  if (config.filter.bayes.backend === 'state') {
    io.stderr(`tamis: ${ONLY_FILES}\n`);
    return EXIT.input;
  }
  const settings = config.filter.bayes;
  const { table } = await viewTable({ folder: bayesFolder(config), settings, log: silentLog });
  await writeSnapshot(resolve(file), TOKENIZER, table.dump());
  io.stdout(`${table.size} entries written\n`);
  return EXIT.ok;
}

async function importTable(config: Config, file: string, { replace }: Options, io: Io): Promise<number> {
  const refuse = (text: string): number => {
    io.stderr(`tamis: ${text}\n`);
    return EXIT.input;
  };
  const settings = config.filter.bayes;
  if (settings.backend === 'state') return refuse(ONLY_FILES);
  const folder = bayesFolder(config);
  const store = await BayesStore.open({ folder, settings, log: silentLog, now: Date.now }, 0);
  if (store === undefined) return refuse('a server is running on this data: stop it first');
  try {
    const table = new TokenCounts(store.memory);
    if (table.size > 0 && replace !== true)
      return refuse('something was learned here already: --replace puts this in its place');
    const all = await store.importFrom(file);
    io.stdout(`${table.size} entries read\n`);
    return all ? EXIT.ok : refuse('not all found room: filter.bayes.table_bytes is too small');
  } finally {
    await store.close();
  }
}
