import { resolve } from 'node:path';
import { CONFIG_OPTION, loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { openConfiguredState } from '../daemon/accounts.ts';
import { bayesFolder, bayesTokens, sharedBayes } from '../daemon/bayes.ts';
import { type ClassCounts, COUNTED, countsOf, SEEN } from '../filter/bayes/entries.ts';
import { readSnapshot, SnapshotError, writeSnapshot } from '../filter/bayes/files.ts';
import { viewTable } from '../filter/bayes/load.ts';
import { BayesStore } from '../filter/bayes/store.ts';
import { TokenCounts } from '../filter/bayes/table.ts';
import { TOKENIZER } from '../filter/bayes/tokenize.ts';
import { dumpTokens, holdsTokens, loadTokens } from '../filter/bayes/transfer.ts';
import { type Log, silentLog } from '../log.ts';
import { type State, StateError } from '../state/types.ts';
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
  const found = config.filter.bayes.backend === 'state' ? await ofState(config) : await ofFiles(config, io);
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

/** Files that cannot be used, such as those of an older version, are spoken of on standard error. */
function telling(io: Io): Log {
  const tell = (fields: object, text: string): void => {
    const { path = '', error = '' } = fields as { path?: string; error?: string };
    io.stderr(`tamis: ${path}: ${text}: ${error}\n`);
  };
  return { ...silentLog, warn: tell, error: tell };
}

async function ofFiles(config: Config, io: Io): Promise<Statistics> {
  const settings = config.filter.bayes;
  const { table, waiting } = await viewTable({ folder: bayesFolder(config), settings, log: telling(io) });
  return {
    learned: countsOf(table, SEEN),
    counted: countsOf(table, COUNTED),
    waiting: waiting.length,
    minimum: settings.minimumLearned,
    tokens: { used: table.size, slots: table.slots },
  };
}

async function withState<T>(config: Config, work: (state: State) => Promise<T>): Promise<T> {
  const state = await openConfiguredState(config, silentLog);
  try {
    return await work(state);
  } finally {
    await state.close();
  }
}

const ofState = (config: Config): Promise<Statistics> =>
  withState(config, async (state) => {
    const shared = sharedBayes(config, state, silentLog);
    await shared.fetch(new BigUint64Array([SEEN, COUNTED]));
    const table = new TokenCounts(shared.memory);
    return {
      learned: countsOf(table, SEEN),
      counted: countsOf(table, COUNTED),
      waiting: 0,
      minimum: config.filter.bayes.minimumLearned,
    };
  });

async function exportTable(config: Config, file: string, io: Io): Promise<number> {
  const settings = config.filter.bayes;
  const entries =
    settings.backend === 'state'
      ? await withState(config, (state) => dumpTokens(bayesTokens(state)))
      : (await viewTable({ folder: bayesFolder(config), settings, log: telling(io) })).table.dump();
  await writeSnapshot(resolve(file), TOKENIZER, entries);
  io.stdout(`${entries.length / 4} entries written\n`);
  return EXIT.ok;
}

const OCCUPIED = 'something was learned here already: --replace puts this in its place';

async function importTable(config: Config, file: string, { replace }: Options, io: Io): Promise<number> {
  const refuse = (text: string): number => {
    io.stderr(`tamis: ${text}\n`);
    return EXIT.input;
  };
  const settings = config.filter.bayes;
  if (settings.backend === 'state')
    return withState(config, async (state) => {
      const tokens = bayesTokens(state);
      if (replace !== true && (await holdsTokens(tokens))) return refuse(OCCUPIED);
      // Read whole before anything is taken away: a damaged file changes nothing.
      const chunks: Uint32Array[] = [];
      for await (const entries of readSnapshot(file, TOKENIZER)) chunks.push(entries);
      io.stdout(`${await loadTokens(tokens, chunks)} entries read\n`);
      return EXIT.ok;
    });
  const folder = bayesFolder(config);
  const store = await BayesStore.open({ folder, settings, log: silentLog, now: Date.now }, 0);
  if (store === undefined) return refuse('a server is running on this data: stop it first');
  try {
    const table = new TokenCounts(store.memory);
    if (table.size > 0 && replace !== true) return refuse(OCCUPIED);
    const all = await store.importFrom(file);
    io.stdout(`${table.size} entries read\n`);
    return all ? EXIT.ok : refuse('not all found room: filter.bayes.table_bytes is too small');
  } finally {
    await store.close();
  }
}
