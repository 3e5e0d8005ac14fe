import { Option } from 'commander';
import { CONFIG_OPTION, loadConfig } from '../config/load.ts';
import { ConfigError } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { openConfiguredState } from '../daemon/accounts.ts';
import { bayesFolder, sharedBayes } from '../daemon/bayes.ts';
import { openRecall, type RecallKeeper } from '../daemon/recall.ts';
import { userHash } from '../filter/bayes/entries.ts';
import type { LearnKind } from '../filter/bayes/record.ts';
import { RequestMaker } from '../filter/bayes/request.ts';
import { Teacher, type Taught } from '../filter/bayes/teacher.ts';
import { silentLog } from '../log.ts';
import { type State, StateError } from '../state/types.ts';
import type { AddCommand } from './commands.ts';
import { countInputs, readInputs } from './inputs.ts';
import { EXIT, type Io } from './io.ts';
import { Progress } from './progress.ts';

interface Options {
  config?: string;
  user?: string;
  json?: true;
}

const PATHS = 'message files, folders, Maildirs, mbox files, or - for standard input';
const userOption = (): Option =>
  new Option('--user <address>', 'learn for this user alone (filter.bayes.per_user)');

/** `tamis learn spam|ham`: teaches the Bayes classifier, and what is remembered of copies and senders; a running daemon takes it in within seconds. */
export const addLearnCommand: AddCommand = (program, io, exit) => {
  const learn = program.command('learn').description('learn messages as spam or ham');
  for (const kind of ['spam', 'ham'] as const)
    learn
      .command(kind)
      .description(`learn messages as ${kind}; those learned as the other before change sides`)
      .argument('<path...>', PATHS)
      .addOption(userOption())
      .option('--json', 'what became of them as JSON')
      .option('--config <file>', CONFIG_OPTION)
      .action(async (paths: string[], options: Options) => exit(await teach(kind, paths, options, io)));
};

/** `tamis forget`: takes back what was learned of messages. */
export const addForgetCommand: AddCommand = (program, io, exit) => {
  program
    .command('forget')
    .description('take back what was learned of messages')
    .argument('<path...>', PATHS)
    .addOption(userOption())
    .option('--json', 'what became of them as JSON')
    .option('--config <file>', CONFIG_OPTION)
    .action(async (paths: string[], options: Options) => exit(await teach('forget', paths, options, io)));
};

async function teach(kind: LearnKind, paths: string[], options: Options, io: Io): Promise<number> {
  let config: Config;
  try {
    ({ config } = loadConfig(options.config, process.env));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    io.stderr(`${error.message}\n`);
    return EXIT.input;
  }
  const settings = config.filter.bayes;
  const maker = new RequestMaker({
    tokens: settings.tokens,
    limits: config.message,
    user: options.user === undefined ? 0n : userHash(options.user),
    now: Date.now,
  });
  const progress = new Progress(io, kind, io.interactive ? await countInputs(paths) : undefined);
  let failed = 0;
  let read = 0;
  let taught: Taught;
  let state: State | undefined;
  let recall: RecallKeeper | undefined;
  try {
    state = await openConfiguredState(config, silentLog);
    recall = await openRecall(config, state, silentLog);
    const teacher = openTeacher(config, state);
    for await (const input of readInputs(paths)) {
      if ('fault' in input) {
        failed++;
        progress.clear();
        io.stderr(`tamis: ${input.name}: ${input.fault}\n`);
      } else {
        read++;
        await teacher.teach(maker.make(input.raw, kind));
        // What one user wants is no matter of what all others are sent.
        if (options.user === undefined) await recall.learn(input.raw, kind);
      }
      progress.advance();
    }
    taught = await teacher.end();
  } catch (error) {
    if (!(error instanceof StateError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
    progress.clear();
    io.stderr(`tamis: ${(error as Error).message}\n`);
    return EXIT.input;
  } finally {
    await recall?.close();
    await state?.close();
  }
  progress.clear();
  report(taught, options, io);
  if (read === 0) io.stderr(`tamis: no message found in ${paths.join(' ')}\n`);
  return failed > 0 || read === 0 ? EXIT.input : EXIT.ok;
}

/** Teaches the files of this machine, or the state that nodes share. */
function openTeacher(config: Config, state: State): Pick<Teacher, 'teach' | 'end'> {
  const settings = config.filter.bayes;
  if (settings.backend === 'file')
    return new Teacher({ folder: bayesFolder(config), settings, log: silentLog, now: Date.now });
  const shared = sharedBayes(config, state, silentLog);
  const outcomes: Taught['outcomes'] = { learned: 0, relearned: 0, forgotten: 0, known: 0, full: 0 };
  return {
    async teach(request) {
      for (const outcome of await shared.learn([request])) outcomes[outcome]++;
    },
    end: () => Promise.resolve({ outcomes, waiting: 0, missing: { spam: 0, ham: 0 } }),
  };
}

function report({ outcomes, waiting, missing }: Taught, options: Options, io: Io): void {
  if (options.json) {
    io.stdout(`${JSON.stringify({ ...outcomes, waiting, missing })}\n`);
    return;
  }
  const { learned, relearned, forgotten, known, full } = outcomes;
  const parts = Object.entries({
    learned,
    'learned anew': relearned,
    forgotten,
    'known before': known,
    'left out (table full)': full,
    waiting,
  }).flatMap(([what, count]) => (count === 0 ? [] : `${count} ${what}`));
  io.stdout(`${parts.length === 0 ? 'nothing to learn' : parts.join(', ')}\n`);
  if (waiting > 0) io.stdout(`learning begins with ${missing.spam} more spam and ${missing.ham} more ham\n`);
}
