/** Rules that hit, beside those that SpamAssassin finds with the same files and messages, both without network. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRules } from '../../src/config/rules.ts';
import { createRuleEngine, type RuleEngine } from '../../src/filter/rules/engine.ts';
import { defaultRulesSettings } from '../../src/filter/rules/settings.ts';
import { contextOf } from '../../src/cli/rules/context.ts';
import { defaultMessageLimits } from '../../src/message/limits.ts';
import { parseMessage } from '../../src/message/parse.ts';
import { program } from '../support/peers.ts';

export const STOCK_RULES = '/usr/share/spamassassin';

/** Names of the rules that hit a message: those that score, and the sub-rules. */
export interface Hits {
  readonly rules: ReadonlySet<string>;
  readonly subRules: ReadonlySet<string>;
}

/** By how many messages a rule hits in both, or in one alone. */
export interface Agreement {
  both: number;
  ours: number;
  theirs: number;
  /** The first messages they differ in. */
  readonly where: string[];
}

const MAX_EXAMPLES = 20;

export function stockEngine(): RuleEngine {
  const rules = readRules({
    ...defaultRulesSettings,
    shipped: false,
    files: [STOCK_RULES],
    network: false,
    bayes: false,
  });
  return createRuleEngine(rules, { scoreSet: 0, keepUnused: true });
}

export async function ourHits(engine: RuleEngine, path: string): Promise<Hits> {
  const { program: compiled } = engine;
  const message = parseMessage(readFileSync(path), defaultMessageLimits);
  const { values } = await engine.run(contextOf(message));
  const rules = new Set<string>();
  const subRules = new Set<string>();
  compiled.rules.forEach(({ name }, index) => {
    if (values[index] === 0) return;
    if (name.startsWith('__')) subRules.add(name);
    else if (compiled.reports[index] === 1) rules.add(name);
  });
  return { rules, subRules };
}

/** By path, in the order of the paths. About a tenth of a second of CPU for each. */
export function theirHits(paths: readonly string[]): ReadonlyMap<string, Hits> {
  const { stdout, stderr, status } = spawnSync(
    program('perl'),
    [join(import.meta.dirname, 'spamassassin.pl')],
    {
      input: `${paths.join('\n')}\n`,
      encoding: 'latin1',
      maxBuffer: 2 ** 28,
    },
  );
  if (status !== 0) throw new Error(`SpamAssassin ended with ${status}: ${stderr}`);
  const names = (text = ''): Set<string> => new Set(text.split(',').filter((name) => name !== ''));
  return new Map(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [path = '', rules, subRules] = line.split('\t');
        return [path, { rules: names(rules), subRules: names(subRules) }];
      }),
  );
}

/** Adds one message to the table by rule. */
export function compareHits(
  table: Map<string, Agreement>,
  path: string,
  ours: ReadonlySet<string>,
  theirs: ReadonlySet<string>,
): void {
  for (const name of new Set([...ours, ...theirs])) {
    const row = table.get(name) ?? { both: 0, ours: 0, theirs: 0, where: [] };
    table.set(name, row);
    if (ours.has(name) && theirs.has(name)) row.both++;
    else {
      if (ours.has(name)) row.ours++;
      else row.theirs++;
      if (row.where.length < MAX_EXAMPLES) row.where.push(path);
    }
  }
}

/** Of all hits of either, those that both have. */
export function shareOfAgreement(table: ReadonlyMap<string, Agreement>): {
  hits: number;
  agree: number;
  share: number;
} {
  let [hits, agree] = [0, 0];
  for (const { both, ours, theirs } of table.values()) {
    hits += both + ours + theirs;
    agree += both;
  }
  return { hits, agree, share: hits === 0 ? 0 : agree / hits };
}
