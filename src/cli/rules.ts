import { CONFIG_OPTION } from '../config/load.ts';
import type { AddCommand } from './commands.ts';
import { repeated } from './io.ts';

interface Common {
  config?: string;
  rules?: string[];
}

/** `tamis rules check|explain|profile|test`: rules in SpamAssassin's language. */
export const addRulesCommand: AddCommand = (program, io, exit) => {
  const rules = program
    .command('rules')
    .description("check, explain, time and test rules in SpamAssassin's language");
  const RULES_OPTION = 'rule file or folder, in the place of those of the configuration; may be repeated';
  rules
    .command('check')
    .description('say what of rule files loads, what does not, and why')
    .argument('[file...]', 'rule files and folders (default: those of the configuration)')
    .option('--json', 'one JSON object a fault and line')
    .option('--config <file>', CONFIG_OPTION)
    .action(async (files: string[], { json = false, config }: { json?: boolean; config?: string }) => {
      const { rulesCheck } = await import('./rules/check.ts');
      exit(rulesCheck({ files, json, config }, io));
    });
  rules
    .command('explain')
    .description('show a rule: where it stands, what it looks for, what it counts, and who uses it')
    .argument('<symbol...>')
    .option('--rules <file>', RULES_OPTION, repeated)
    .option('--config <file>', CONFIG_OPTION)
    .action(async (symbols: string[], options: Common) => {
      const { rulesExplain } = await import('./rules/explain.ts');
      exit(rulesExplain(symbols, options, io));
    });
  rules
    .command('profile')
    .description('run the rules on messages and show which take the time')
    .argument('<path...>', 'message files, folders, Maildirs, mbox files, or - for standard input')
    .option('--top <number>', 'rules to show', '30')
    .option('--rules <file>', RULES_OPTION, repeated)
    .option('--config <file>', CONFIG_OPTION)
    .action(async (paths: string[], options: Common & { top: string }) => {
      const { rulesProfile } = await import('./rules/profile.ts');
      exit(await rulesProfile(paths, options, io));
    });
  rules
    .command('test')
    .description('run the cases of rules: messages, and the symbols they must and must not hit')
    .argument('[path...]', 'case files, and folders of them (*.cases; default: those of the shipped rules)')
    .option('--rules <file>', RULES_OPTION, repeated)
    .option('--config <file>', CONFIG_OPTION)
    .action(async (paths: string[], options: Common) => {
      const { rulesTest } = await import('./rules/test.ts');
      exit(await rulesTest(paths, options, io));
    });
};
