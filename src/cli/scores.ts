import { InvalidArgumentError } from 'commander';
import type { AddCommand } from './commands.ts';
import { repeated } from './io.ts';
import { fitCommand, type FitOptions } from './scores/command.ts';

/** `tamis scores fit`: makes the file of scores from what `tamis eval` found. */
export const addScoresCommand: AddCommand = (program, io, exit) => {
  const scores = program.command('scores').description('fit the scores of symbols on mail of known class');
  scores
    .command('fit')
    .description('fit the scores on the verdicts that "tamis eval --verdicts FILE" wrote')
    .argument('<verdicts...>', 'files of verdicts')
    .option('--out <file>', 'write the scores here (default: standard output)')
    .option('--without <source>', 'leave this source out; may be repeated', repeated)
    .option(
      '--judge <symbol[=points]>',
      'symbol of a classifier, and the most it may score; may be repeated',
      judge,
    )
    .option('--keep <symbol>', 'symbol that keeps what its author gave it; may be repeated', repeated)
    .option('--required <points>', 'score from which a message is spam', points)
    .option('--maximum <points>', 'the most a symbol may score', points)
    .option('--growth <factor>', 'the most a symbol may score, in scores its author gave it', points)
    .option('--minimum <points>', 'the least a symbol may score', points)
    .option('--ham-cost <factor>', 'how many missed spam messages one lost ham message is worth', points)
    .option('--prior <messages>', 'how many messages the present score of a symbol is worth', points)
    .option('--least-hits <number>', 'messages a symbol must have been given to', points)
    .option('--ham-lost <share>', 'share of ham that may be lost, of a source the fit has not seen', points)
    .option('--json', 'what came of it as one JSON object')
    .action(async (files: string[], options: FitOptions) => exit(await fitCommand(files, options, io)));
};

function judge(value: string, before: string[] = []): string[] {
  const [symbol, most] = value.split('=');
  if (symbol === '' || (most !== undefined && !(Number(most) > 0)))
    throw new InvalidArgumentError('SYMBOL, or SYMBOL=POINTS with points above 0.');
  return [...before, value];
}

function points(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number)) throw new InvalidArgumentError('not a number.');
  return number;
}
