import type { AddCommand } from './commands.ts';
import { sieveCapabilities } from './sieve/capabilities.ts';
import { sieveCheck } from './sieve/check.ts';
import { sieveReplay } from './sieve/replay.ts';
import { sieveRun } from './sieve/run.ts';
import { sieveTest } from './sieve/test.ts';

/** `tamis sieve check|run|replay|test|capabilities`: try a script before it meets mail, and on mail that is there. */
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
    .option('--from <address>', 'envelope sender (default: Return-Path, Sender or From)')
    .option('--to <address>', 'envelope recipient (default: Delivered-To, X-Original-To or To)')
    .option('--json', 'one JSON object a line')
    .option('--trace', 'tell, line by line, what each test compared and found')
    .action(
      async (options: {
        script: string;
        message: string;
        from?: string;
        to?: string;
        json?: true;
        trace?: true;
      }) =>
        exit(await sieveRun({ ...options, json: options.json ?? false, trace: options.trace ?? false }, io)),
    );
  sieve
    .command('replay')
    .description('tell what a script would do to mail that is there, and do it with --apply; nothing is sent')
    .argument('<path...>', 'folders of a Maildir, mbox files, message files, folders of them, or -')
    .requiredOption('--script <file>', 'the script')
    .option('--against <file>', 'another script: show only what changes from it')
    .option('--apply', 'do it on a folder of a Maildir: move and flag; keep leaves mail where it is')
    .option('--allow-discard', 'with --apply: remove what the script discards')
    .option('--from <address>', 'envelope sender (default: Return-Path, Sender or From)')
    .option('--to <address>', 'envelope recipient (default: Delivered-To, X-Original-To or To)')
    .option('--json', 'one JSON object a message and line, and one with the counts')
    .action(
      async (
        paths: string[],
        options: {
          script: string;
          against?: string;
          apply?: true;
          allowDiscard?: true;
          from?: string;
          to?: string;
          json?: true;
        },
      ) => {
        const { json = false, apply = false, allowDiscard = false } = options;
        exit(await sieveReplay(paths, { ...options, json, apply, allowDiscard, now: new Date() }, io));
      },
    );
  sieve
    .command('test')
    .description('run tests written in Sieve (vnd.dovecot.testsuite), one line a test')
    .argument('<path...>', 'files of tests, or folders with *.svtest files')
    .option('--json', 'one JSON object a test, and one with the counts')
    .action(async (paths: string[], { json = false }: { json?: boolean }) =>
      exit(await sieveTest(paths, { json }, io)),
    );
  sieve
    .command('capabilities')
    .description('list what scripts may require')
    .option('--json', 'as one list')
    .option('--config <file>', 'those of a server with this configuration file, and why it refuses others')
    .action(async ({ json = false, config }: { json?: boolean; config?: string }) => {
      if (config === undefined) return exit(sieveCapabilities({ json }, io));
      const { configuredCapabilities } = await import('./sieve/configured.ts');
      exit(configuredCapabilities({ json, config }, io));
    });
  sieve
    .command('log')
    .description('what the scripts of an account decided lately, and their errors')
    .argument('<account>', 'address of the account')
    .option('--json', 'one JSON object a mail and line')
    .option('--config <file>', 'configuration file (default: as for serve)')
    .action(async (account: string, options: { json?: true; config?: string }) => {
      // Only this one reads the configuration, which takes its time to load.
      const { sieveLog } = await import('./sieve/log.ts');
      exit(await sieveLog(account, { ...options, json: options.json ?? false }, io));
    });
};
