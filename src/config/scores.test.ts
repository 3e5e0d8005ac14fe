import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultRulesSettings } from '../filter/rules/settings.ts';
import { parseScores } from '../filter/scores-file.ts';
import { FITTED_SCORES, readRules } from './rules.ts';
import { readFittedScores } from './scores.ts';

const file = parseScores(readFileSync(FITTED_SCORES, 'utf8'));
const rules = readRules(defaultRulesSettings);
const names = new Set(rules.rules.map(({ name }) => name));

test('the shipped file is one of scores, within what a person would defend', () => {
  expect(file.faults).toEqual([]);
  expect(Object.keys(file.scores).length).toBeGreaterThan(50);
  // What the site has taught may make spam by itself when it is sure; neither the model nor any rule does (6 points).
  const most: Readonly<Record<string, number>> = { BAYES_SPAM: 8, MODEL_SPAM: 5.9 };
  for (const [symbol, score] of Object.entries(file.scores))
    expect([symbol, Math.abs(score) <= (most[symbol] ?? 5)]).toEqual([symbol, true]);
});

test('rules have the scores of the file, whose lines about others are no fault of theirs', () => {
  const fitted = rules.rules.filter(({ name }) => file.scores[name] !== undefined);
  expect(fitted.length).toBeGreaterThan(20);
  for (const { name, scores } of fitted)
    expect([name, new Set(scores)]).toEqual([name, new Set([file.scores[name]])]);
  expect(rules.faults.filter(({ file: path }) => path === FITTED_SCORES)).toEqual([]);
});

test('checks have theirs, and nothing of the file is in force where it is not wanted', () => {
  const scores = readFittedScores(defaultRulesSettings, rules);
  expect(scores['BAYES_SPAM']).toBe(file.scores['BAYES_SPAM']);
  expect(Object.keys(scores).filter((symbol) => names.has(symbol))).toEqual([]);
  for (const off of [{ fitted: false }, { shipped: false }])
    expect(readFittedScores({ ...defaultRulesSettings, ...off }, rules)).toEqual({});
  const unfitted = readRules({ ...defaultRulesSettings, fitted: false });
  expect(unfitted.rules.map(({ name }) => name)).toEqual(rules.rules.map(({ name }) => name));
  expect(unfitted.rules.map(({ scores: some }) => some)).not.toEqual(
    rules.rules.map(({ scores: some }) => some),
  );
});
