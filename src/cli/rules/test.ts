import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SHIPPED_RULES } from '../../config/rules.ts';
import type { RuleEngine } from '../../filter/rules/engine.ts';
import { defaultMessageLimits } from '../../message/limits.ts';
import { parseMessage } from '../../message/parse.ts';
import { EXIT, type Io, paint } from '../io.ts';
import { CaseError, readCases, type RuleCase } from './cases.ts';
import { contextOf } from './context.ts';
import { loadRules } from './load.ts';

/** Exit code 1 when a case fails, or when there is none. */
export async function rulesTest(
  paths: readonly string[],
  options: { config?: string; rules?: string[] },
  io: Io,
): Promise<number> {
  const { engine } = loadRules(options.rules, options.config);
  const files = (paths.length === 0 ? [join(SHIPPED_RULES, 'tests')] : paths).flatMap(caseFiles);
  let passed = 0;
  let failed = 0;
  for (const file of files) {
    let cases: RuleCase[];
    try {
      cases = readCases(file, readFileSync(file, 'utf8'));
    } catch (error) {
      if (!(error instanceof CaseError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      failed++;
      io.stdout(`${paint(io, 'red', 'fail')}  ${(error as Error).message}\n`);
      continue;
    }
    for (const one of cases) {
      const faults = await runCase(engine, one);
      if (faults.length === 0) {
        passed++;
        continue;
      }
      failed++;
      io.stdout(`${paint(io, 'red', 'fail')}  ${file}:${one.line}: ${one.name}\n`);
      for (const fault of faults) io.stdout(`      ${fault}\n`);
    }
  }
  io.stdout(`${passed} passed, ${failed} failed\n`);
  if (passed + failed === 0) io.stderr(`tamis: no case found\n`);
  return failed === 0 && passed > 0 ? EXIT.ok : EXIT.input;
}

function caseFiles(path: string): string[] {
  if (!existsSync(path) || !statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name.endsWith('.cases'))
    .toSorted()
    .map((name) => join(path, name));
}

async function runCase(engine: RuleEngine, { raw, settings, hits, misses }: RuleCase): Promise<string[]> {
  const client = {
    ...(settings.has('client') ? { address: settings.get('client') ?? '' } : {}),
    ...(settings.has('helo') ? { helo: settings.get('helo') ?? '' } : {}),
  };
  const recipients = (settings.get('rcpt') ?? '').split(/\s+/).filter((word) => word !== '');
  const context = contextOf(parseMessage(raw, defaultMessageLimits), {
    client,
    sender: (settings.get('from') ?? '').replace('<>', ''),
    recipients: recipients.map((address) => ({ address })),
  });
  const { values } = await engine.run(context);
  const { ruleIndex } = engine.program;
  const unknown = [...hits, ...misses].filter((name) => !ruleIndex.has(name));
  const didHit = (name: string): boolean => values[ruleIndex.get(name) ?? -1] !== 0;
  return [
    ...unknown.map((name) => `there is no rule ${name}`),
    ...hits.filter((name) => ruleIndex.has(name) && !didHit(name)).map((name) => `does not hit ${name}`),
    ...misses.filter((name) => ruleIndex.has(name) && didHit(name)).map((name) => `hits ${name}`),
  ];
}
