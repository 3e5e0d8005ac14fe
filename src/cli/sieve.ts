import type { AddCommand } from './commands.ts';
import { sieveCheck } from './sieve/check.ts';
import { sieveRun } from './sieve/run.ts';

/** `tamis sieve check|run`: try a script before it meets mail. */
export const addSieveCommand: AddCommand = (program, io, exit) => {
  const sieve = program.command('sieve').description('check Sieve scripts and try them on messages');
  sieve
    .command('check')
    .description('compile scripts; every error and warning with its place')
    .argument('<file...>', 'scripts, or - for standard input')
    .option('--json', 'one JSON object a script and line')
    .action((files: string[], options: { json?: true }) =>
      exit(sieveCheck(files, options.json ?? false, io)),
    );
  sieve
    .command('run')
    .description('run a script on a message and print the actions, in order; nothing is delivered')
    .requiredOption('--script <file>', 'the script')
    .requiredOption('--message <file>', 'the message')
    .option('--from <address>', 'envelope sender', '')
    .option('--to <address>', 'envelope recipient', '')
    .option('--json', 'one JSON object a line')
    .option('--trace', 'tell, line by line, what each test compared and found')
    .action(
      async (options: {
        script: string;
        message: string;
        from: string;
        to: string;
        json?: true;
        trace?: true;
      }) =>
        exit(await sieveRun({ ...options, json: options.json ?? false, trace: options.trace ?? false }, io)),
    );
};
