import { InvalidArgumentError } from 'commander';
import { CONFIG_OPTION } from '../config/load.ts';
import type { AddCommand } from './commands.ts';
import { evaluate, type EvalOptions } from './eval/command.ts';
import { ENGINES } from './eval/engines/index.ts';
import { EXIT, repeated } from './io.ts';

/** `tamis eval`: how well a filter tells spam from ham, on messages whose class is known. */
export const addEvalCommand: AddCommand = (program, io, exit) => {
  program
    .command('eval')
    .description('measure how well a filter tells spam from ham, on messages of known class')
    .requiredOption(
      '--index <file>',
      'messages: tab-separated, columns path, label, source, group, received, …',
    )
    .option('--folder <folder>', 'where the paths of the index count from (default: its folder)')
    .option('--source <name>', 'only this source; may be repeated', repeated)
    .option('--split <name>', 'only this split')
    .option('--sample <number>', 'at most so many of a source and class, spread evenly', whole)
    .option('--config <file>', CONFIG_OPTION)
    .option('--engine <name>', `${Object.keys(ENGINES).join(', ')}; may be repeated`, engineNames)
    .option('--against <file>', 'another configuration of Tamis, measured beside the first')
    .option('--train <file>', 'index of messages that are learned first')
    .option('--train-folder <folder>', 'where the paths of that index count from')
    .option(
      '--leave-out <source>',
      'judge a source by what was learned from the others; "each" for all',
      repeated,
    )
    .option('--folds <number>', 'judge each of so many parts by what was learned from the others', whole)
    .option('--train-model', 'what is learned first trains the model of Tamis anew, too')
    .option('--model-without <source>', 'the same, but not on this source; may be repeated', repeated)
    .option(
      '--online [what]',
      'judge in order of time and learn on the way: error (only what was misjudged) or all',
    )
    .option(
      '--commercial <source>',
      'source whose ham is commercial mail, reported apart; may be repeated',
      repeated,
    )
    .option('--symbols <number>', 'lines in the table of symbols', whole, 40)
    .option('--verdicts <file>', 'write what the first engine said of each message, one JSON object a line')
    .option('--json', 'one JSON object an engine and line')
    .option('--html <file>', 'write a page with tables and plots')
    .action(async (options: Omit<EvalOptions, 'online'> & { online?: string | true }) => {
      const { online: learning, ...rest } = options;
      const online = learning === true ? 'error' : learning;
      if (online !== undefined && online !== 'error' && online !== 'all') {
        io.stderr(`tamis: --online: "${online}" is neither error nor all\n`);
        exit(EXIT.usage);
        return;
      }
      if (options.folds !== undefined && options.leaveOut !== undefined) {
        io.stderr('tamis: --folds and --leave-out are two ways to do one thing\n');
        exit(EXIT.usage);
        return;
      }
      exit(await evaluate({ ...rest, ...(online === undefined ? {} : { online }) }, io));
    });
};

function whole(value: string): number {
  const number = Number(value);
  if (!/^\d{1,7}$/.test(value)) throw new InvalidArgumentError('not a whole number.');
  return number;
}

function engineNames(value: string, before: string[] | undefined): string[] {
  if (!Object.hasOwn(ENGINES, value))
    throw new InvalidArgumentError(`there are ${Object.keys(ENGINES).join(', ')}.`);
  return [...(before ?? []), value];
}
