import { CONFIG_OPTION } from '../config/load.ts';
import type { AddCommand } from './commands.ts';
import { dmarcRead } from './dmarc/read.ts';

/** `tamis dmarc report|read`: the aggregate reports we send, and those of others. */
export const addDmarcCommand: AddCommand = (program, io, exit) => {
  const dmarc = program.command('dmarc').description('send and read DMARC aggregate reports');
  dmarc
    .command('report')
    .description('send the reports of a past day now; with --dry-run or --out show or write them instead')
    .option('--day <day>', 'UTC day, as 2026-03-02 (default: yesterday)')
    .option('--domain <domain>', 'only the report of this policy domain')
    .option('--dry-run', 'show what would be sent, and to whom; send nothing')
    .option('--out <folder>', 'write the reports into a folder; send nothing')
    .option('--json', 'one JSON object a report and line')
    .option('--config <file>', CONFIG_OPTION)
    .action(
      async (options: {
        day?: string;
        domain?: string;
        dryRun?: true;
        out?: string;
        json?: true;
        config?: string;
      }) => {
        // Only this one reads the configuration, which takes its time to load.
        const { dmarcReport } = await import('./dmarc/report.ts');
        const { dryRun = false, json = false } = options;
        exit(await dmarcReport({ ...options, dryRun, json }, io));
      },
    );
  dmarc
    .command('read')
    .description('read reports of others and print what they say')
    .argument('<file...>', 'reports (.xml, .gz, .zip), mails with reports, or - for standard input')
    .option('--json', 'one JSON object a report and line')
    .action(async (files: string[], { json = false }: { json?: boolean }) =>
      exit(await dmarcRead(files, { json }, io)),
    );
};
