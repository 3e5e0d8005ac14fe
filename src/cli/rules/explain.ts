import { checks } from '../../filter/checks/index.ts';
import type { PreparedRules, Rule } from '../../filter/rules/types.ts';
import { EXIT, type Io, paint } from '../io.ts';
import { type LoadedRules, loadRules } from './load.ts';

export function rulesExplain(
  symbols: readonly string[],
  options: { config?: string; rules?: string[] },
  io: Io,
): number {
  const loaded = loadRules(options.rules, options.config);
  let missing = 0;
  for (const symbol of symbols) {
    const index = loaded.engine.program.ruleIndex.get(symbol);
    const check = checks.find((one) => Object.hasOwn(one.symbols, symbol));
    if (index === undefined && check === undefined) {
      missing++;
      io.stderr(`tamis: there is no rule or symbol ${symbol}\n`);
      continue;
    }
    if (check !== undefined)
      io.stdout(
        `${paint(io, 'bold', symbol)}  ${check.symbols[symbol]?.score ?? 0}  check ${check.name}: ${check.symbols[symbol]?.description ?? ''}\n`,
      );
    if (index !== undefined) io.stdout(ruleText(loaded, index, io));
  }
  return missing === 0 ? EXIT.ok : EXIT.input;
}

function ruleText({ rules, engine }: LoadedRules, index: number, io: Io): string {
  const rule = rules.rules[index];
  if (rule === undefined) return '';
  const { program } = engine;
  const lines: [string, string][] = [
    ['file', `${rule.file}:${rule.line}`],
    ['scores', `${rule.scores.join(' ')}; ${program.scores[index] ?? 0} counts`],
  ];
  if (rule.tflags.length > 0) lines.push(['tflags', rule.tflags.join(' ')]);
  if (rule.priority !== 0) lines.push(['priority', String(rule.priority)]);
  lines.push(...testLines(rules, rule, index));
  const uses = (program.metas.uses.get(index) ?? []).flatMap((one) => rules.rules[one]?.name ?? []);
  if (uses.length > 0) lines.push(['uses', uses.join(' ')]);
  const users = [...program.metas.uses]
    .filter(([, used]) => used.includes(index))
    .flatMap(([meta]) => rules.rules[meta]?.name ?? []);
  if (users.length > 0) lines.push(['used by', users.join(' ')]);
  for (const fault of [...rules.faults, ...engine.faults])
    if (fault.rule === rule.name) lines.push([fault.level === 'error' ? 'left out' : 'note', fault.text]);
  const title = `${paint(io, 'bold', rule.name)}  ${rule.description}\n`;
  return title + lines.map(([name, value]) => `  ${name.padEnd(9)} ${value}\n`).join('');
}

function testLines(rules: PreparedRules, { test }: Rule, index: number): [string, string][] {
  if (test.kind === 'meta') return [['meta', test.expression]];
  if (test.kind === 'exists') return [['header', `exists:${test.field}`]];
  if (test.kind === 'eval') return [[test.on, `eval:${test.function}(${test.args.join(', ')})`]];
  if (test.kind === 'network') return [[test.directive, test.args.join(' ')]];
  if (test.kind === 'uri_detail')
    return test.conditions.map(({ key, negated, pattern }) => [
      'uri',
      `${key} ${negated ? '!~' : '=~'} /${pattern.source}/${pattern.flags}`,
    ]);
  const field = 'field' in test ? `${test.field} ${test.negated ? '!~' : '=~'} ` : '';
  const lines: [string, string][] = [[test.kind, `${field}/${test.pattern.source}/${test.pattern.flags}`]];
  const translation = rules.translations[index];
  if (translation === undefined) return lines;
  lines.push(['runs as', `/${translation.source}/${translation.flags}`]);
  const { literals, copies = 1, also } = translation;
  lines.push([
    'runs when',
    literals === undefined || ('negated' in test && test.negated)
      ? 'always'
      : `found${copies > 1 ? ` ${copies} times` : ''}: ${oneOf(literals)}${also === undefined ? '' : `; and ${oneOf(also)}`}`,
  ]);
  return lines;
}

const oneOf = (texts: readonly string[]): string => texts.map((text) => JSON.stringify(text)).join(' ');
