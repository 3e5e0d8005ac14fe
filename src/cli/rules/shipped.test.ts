/** The rules that come with the program: they load, their cases hold, and each one has a case. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SHIPPED_RULES } from '../../config/rules.ts';
import { checks } from '../../filter/checks/index.ts';
import { createRuleEngine } from '../../filter/rules/engine.ts';
import { parseRules } from '../../filter/rules/language/parse.ts';
import { prepareRules } from '../../filter/rules/prepare.ts';
import { defaultMessageLimits } from '../../message/limits.ts';
import { parseMessage } from '../../message/parse.ts';
import { readCases } from './cases.ts';
import { contextOf } from './context.ts';

const files = readdirSync(SHIPPED_RULES)
  .filter((name) => name.endsWith('.cf'))
  .toSorted()
  .map((name) => ({ name, text: readFileSync(join(SHIPPED_RULES, name), 'latin1') }));
const set = prepareRules(parseRules(files));
const engine = createRuleEngine(set, { scoreSet: 0 });
const scored = set.rules.filter(({ name }) => !name.startsWith('__'));
const scores = new Map(scored.map(({ name, scores: [score] }) => [name, score]));

const folder = join(SHIPPED_RULES, 'tests');
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('.cases'))
  .flatMap((file) =>
    readCases(file, readFileSync(join(folder, file), 'utf8')).map((one) => ({ ...one, file })),
  );

async function symbolsOf(raw: Uint8Array): Promise<string[]> {
  const message = parseMessage(raw, defaultMessageLimits);
  const { hits } = await engine.run(contextOf(message, { client: {}, sender: '', recipients: [] }));
  return hits.map(({ rule }) => set.rules[rule]?.name ?? '');
}

test('load without a fault', () => {
  expect([...set.faults, ...engine.faults]).toEqual([]);
  expect(scored.length).toBeGreaterThan(70);
});

describe('cases', () => {
  test.each(cases)('$file: $name', async ({ raw, hits, misses }) => {
    const found = await symbolsOf(raw);
    expect(found).toEqual(expect.arrayContaining([...hits]));
    expect(misses.filter((symbol) => found.includes(symbol))).toEqual([]);
  });

  test('name each rule with a score, once to be hit and once to be missed', () => {
    const named = (key: 'hits' | 'misses'): Set<string> => new Set(cases.flatMap((one) => one[key]));
    expect([...scores.keys()].filter((name) => !named('hits').has(name))).toEqual([]);
    expect([...scores.keys()].filter((name) => !named('misses').has(name))).toEqual([]);
  });

  test('of honest mail stay far below the threshold', async () => {
    const honest = cases.filter(({ hits }) => hits.length === 0);
    expect(honest.length).toBeGreaterThan(10);
    for (const { raw, name } of honest) {
      const sum = (await symbolsOf(raw)).reduce((total, symbol) => total + (scores.get(symbol) ?? 0), 0);
      expect(sum, name).toBeLessThan(2);
    }
  });
});

test.each(scored)('$name has a description and a sober score', ({ description, scores: [score], name }) => {
  expect(description).not.toBe('');
  expect(score).toBeGreaterThan(0);
  expect(score).toBeLessThanOrEqual(4.5);
  expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/);
});

test('no rule has the name of a symbol of a check', () => {
  const taken = new Set(checks.flatMap(({ symbols }) => Object.keys(symbols)));
  expect([...scores.keys()].filter((name) => taken.has(name))).toEqual([]);
});

test('every sub-rule is asked for', () => {
  const asked = new Set(
    set.rules.flatMap(({ test: one }) =>
      one.kind === 'meta' ? (one.expression.match(/\b__\w+/g) ?? []) : [],
    ),
  );
  expect(
    set.rules.map(({ name }) => name).filter((name) => name.startsWith('__') && !asked.has(name)),
  ).toEqual([]);
});

/** What makes patterns slow: long runs of what they repeat, and beginnings of matches that come to nothing. */
const bait: readonly (readonly [string, string, string])[] = [
  ['at signs', `From: <${'@'.repeat(50_000)}`, 'x'],
  ['spaces', `From: a${' '.repeat(50_000)}b`, 'x'],
  ['commas', `From: ${', '.repeat(25_000)}<`, 'x'],
  ['recipients', 'To: x@y.example\r\n'.repeat(3000) + 'From: z@z.example', 'x'],
  ['one word', 'From: a@b.example', 'a'.repeat(200_000)],
  ['sums', 'From: a@b.example', '$ 1,000 '.repeat(20_000)],
  [
    'beginnings',
    'From: a@b.example',
    'you have your account mailbox bitcoin wallet we offer loan '.repeat(4000),
  ],
  ['links', 'From: a@b.example', 'http://a.example/x?y=b@c.example '.repeat(10_000)],
];

test.each(bait)('are done soon with many %s', async (_, header, body) => {
  const raw = Buffer.from(`${header}\r\nSubject: x\r\n\r\n${body}\r\n`);
  const started = process.cpuUsage();
  await symbolsOf(raw);
  const { user, system } = process.cpuUsage(started);
  // Some 50 ms on the machine this was written on; a pattern that runs away takes minutes.
  expect((user + system) / 1000).toBeLessThan(2000);
});
