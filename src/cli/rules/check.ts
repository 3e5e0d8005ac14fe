import { relative } from 'node:path';
import type { RuleFault } from '../../filter/rules/types.ts';
import { EXIT, type Io, paint, table } from '../io.ts';
import { loadRules } from './load.ts';

/** Exit code 1 when a rule or a file is left out. */
export function rulesCheck(
  { files, json, config }: { files: string[]; json: boolean; config: string | undefined },
  io: Io,
): number {
  const { rules, engine } = loadRules(files, config);
  const faults = [...rules.faults, ...engine.faults];
  for (const fault of faults) io.stdout(json ? `${JSON.stringify(fault)}\n` : faultText(fault, io));
  const errors = faults.filter(({ level }) => level === 'error').length;
  if (!json) {
    const kinds = new Map<string, number>();
    for (const { test } of rules.rules) kinds.set(test.kind, (kinds.get(test.kind) ?? 0) + 1);
    const rows = [...kinds].toSorted(([, one], [, other]) => other - one);
    io.stdout(
      `${table([...rows, ['rules', rules.rules.length], ['reported', reported(engine.program.reports)]])}\n`,
    );
    io.stdout(`${errors} left out, ${faults.length - errors} notes\n`);
  }
  return errors === 0 ? EXIT.ok : EXIT.input;
}

const reported = (reports: Uint8Array): number => reports.reduce((sum, one) => sum + one, 0);

function faultText({ file, line, rule, text, level }: RuleFault, io: Io): string {
  const near = relative(process.cwd(), file);
  const place = `${near.startsWith('..') ? file : near}:${line}`;
  const name = rule === undefined ? '' : `${rule}: `;
  return `${place}: ${level === 'error' ? paint(io, 'red', 'left out') : 'note'}: ${name}${text}\n`;
}
