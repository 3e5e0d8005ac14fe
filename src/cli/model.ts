import type { AddCommand } from './commands.ts';
import { repeated } from './io.ts';
import type { TrainOptions } from './model/train.ts';

/** `tamis model train`: makes a model of labelled mail. */
export const addModelCommand: AddCommand = (program, io, exit) => {
  const model = program.command('model').description('train the model that tells spam from ham');
  model
    .command('train')
    .description('train on the messages of an index, and print what it is worth on mail it has not seen')
    .requiredOption(
      '--index <file>',
      'tab-separated, with columns path and label, better also source and group',
    )
    .option('--folder <folder>', 'where the paths of the index begin (default: its own folder)')
    .option('--out <file>', 'write the model (ONNX); without it only the figures are printed')
    .option('--exclude <source>', 'leave out a source; may be repeated', repeated)
    .option(
      '--test <source>',
      'like --exclude, and print what the model makes of it; may be repeated',
      repeated,
    )
    .option('--held-out <file>', 'write the probability each message had from a model without its source')
    .option('--seed <number>', 'of the random numbers: the same seed gives the same model', '1')
    .option('--json', 'the figures as JSON')
    .action(async (options: TrainOptions) => {
      const { modelTrain } = await import('./model/train.ts');
      exit(await modelTrain(options, io));
    });
};
