/** The translator of patterns beside Perl itself: on generated patterns and text, and on the stock rules and real mail. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRules } from '../../src/filter/rules/language/parse.ts';
import { compilePattern } from '../../src/filter/rules/regex/translate.ts';
import { PatternError } from '../../src/filter/rules/regex/syntax.ts';
import type { Pattern } from '../../src/filter/rules/types.ts';
import { createRuleEngine } from '../../src/filter/rules/engine.ts';
import { prepareRules } from '../../src/filter/rules/prepare.ts';
import { contextOf } from '../../src/filter/views/testing.ts';
import { createViews } from '../../src/filter/views/views.ts';
import { defaultMessageLimits } from '../../src/message/limits.ts';
import { parseMessage } from '../../src/message/parse.ts';
import { describePeers } from '../support/peers.ts';
import { corpusMessages, sharedPath } from '../support/shared.ts';
import { matchWithPerl } from './perl.ts';

const STOCK = '/usr/share/spamassassin';
const CASES = Number(process.env['TAMIS_DIFFERENTIAL_CASES'] ?? 1500);
const SEED = Number(process.env['TAMIS_DIFFERENTIAL_SEED'] ?? 7);

/** Where the two disagree. */
function compare(questions: readonly { pattern: Pattern; texts: readonly string[] }[]): {
  compared: number;
  different: unknown[];
  refused: number;
} {
  const answers = matchWithPerl(questions);
  const different: unknown[] = [];
  let compared = 0;
  let refused = 0;
  questions.forEach(({ pattern, texts }, index) => {
    const perl = answers[index];
    let expression: RegExp;
    try {
      expression = compilePattern(pattern);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      refused++;
      if (perl !== undefined) different.push({ pattern, refused: error.message });
      return;
    }
    if (perl === undefined) return;
    texts.forEach((text, at) => {
      compared++;
      const ours = expression.test(text);
      if (ours !== perl[at] && different.length < 20) different.push({ pattern, text, ours, perl: perl[at] });
    });
  });
  return { compared, different, refused };
}

/** Perl ends a loop when a turn of it takes nothing, JavaScript tries the next alternative: no loops over nothing. */
function mayBeEmpty(source: string): boolean {
  try {
    return compilePattern({ source: `\\A(?:${source})\\z`, flags: '' }).test('');
  } catch {
    return true;
  }
}

/** Patterns as rules have them; no group is referred to that may not have matched, which is the known difference. */
const patterns = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      'a',
      'b',
      'A',
      'k',
      ' ',
      '\\n',
      '\\s',
      '\\S',
      '\\w',
      '\\W',
      '\\d',
      '.',
      '^',
      '$',
      '\\b',
      '\\B',
      '\\A',
      '\\z',
      '\\Z',
      '\\h',
      '\\v',
      '\\R',
      '\\xe9',
      '\\351',
      '\\e',
      '[ab]',
      '[^a\\n]',
      '[\\s\\xe0-\\xef]',
      '[[:alpha:]]',
      '[^[:space:]]',
      '[]a]',
      '[a-c-]',
      '[\\w.-]',
      'a{2}',
      '\xe9',
      '\xc9',
      '(?i)',
      '(?-i)',
      '(?s)',
      '(?m)',
      '\\x{41}',
      '\\.',
      '-',
      '!',
      '@',
      '"',
    ),
    fc.tuple(tie('node'), tie('node')).map(([one, other]) => one + other),
    fc.tuple(tie('node'), tie('node')).map(([one, other]) => `(?:${one}|${other})`),
    fc
      .tuple(
        tie('node'),
        fc.constantFrom('?', '*', '+', '{2}', '{1,3}', '{0,2}', '{,2}', '*?', '+?', '++', '*+', '?+'),
      )
      .map(([one, count]) => (mayBeEmpty(one) ? one : `(?:${one})${count}`)),
    fc
      .tuple(fc.constantFrom('?=', '?!', '?>', '?i:', '?-i:', '?s:', '?m:', '?^:', ''), tie('node'))
      .map(([kind, one]) => `(${kind}${one})`),
    fc
      .tuple(fc.constantFrom('?<=', '?<!'), fc.constantFrom('a', 'b ', '[ab]', '\\n', '\xe9'))
      .map(([kind, one]) => `(${kind}${one})`),
    tie('node').map((one) => `(${one})-\\1`),
  ),
})).node;
const texts = fc.array(
  fc.array(
    fc.constantFrom(...'aAbBk  \n\r\t\v.-1\x1b\xe9\xc9\xe0\xa0\x85!@"'.split(''), 'aa', 'ab\n', '-a'),
    { maxLength: 10 },
  ),
  { minLength: 8, maxLength: 8 },
);

describePeers(['perl'], 'generated patterns', () => {
  test('match what Perl matches', () => {
    const questions = fc
      .sample(fc.tuple(patterns, fc.constantFrom('', 'i', 's', 'm', 'is', 'im', 'ims'), texts), {
        numRuns: CASES,
        seed: SEED,
      })
      .filter(
        ([source]) =>
          (source.match(/\\1/g) ?? []).length ===
          (/^[^(]*\((?!\?)/.test(source) && source.match(/\((?!\?)/g)?.length === 1 ? 1 : 0),
      )
      .map(([source, flags, list]) => ({
        pattern: { source, flags },
        texts: list.map((one) => one.join('')),
      }));
    const { compared, different, refused } = compare(questions);
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(CASES * 3);
    expect(refused).toBeLessThan(questions.length / 4);
  }, 60_000);
});

describePeers(['perl', `${STOCK}/20_body_tests.cf`], 'patterns of the stock rules', () => {
  const rules = parseRules(
    readdirSync(STOCK)
      .filter((name) => /^\d.*\.cf$/.test(name))
      .toSorted()
      .map((name) => ({ name, text: readFileSync(join(STOCK, name), 'latin1') })),
  );
  const all = rules.rules.flatMap(({ name, test: { kind }, test: one }) =>
    'pattern' in one ? [{ name, kind, pattern: one.pattern }] : [],
  );

  test('all of them load', () => {
    expect(rules.faults.filter(({ level }) => level === 'error')).toEqual([]);
    expect(all.length).toBeGreaterThan(1400);
    for (const { pattern } of all) compilePattern(pattern);
  });

  const missing = sharedPath('corpora/index.tsv') === undefined;
  const reason = missing ? ' (skipped: corpora not found; set TAMIS_SHARED)' : '';
  test.skipIf(missing)(
    `match what Perl matches in real mail${reason}`,
    () => {
      const messages = corpusMessages('spamassassin').filter(({ bytes }) => bytes < 20_000);
      const step = Math.ceil(messages.length / 25);
      const lines = messages
        .filter((_, index) => index % step === 0)
        .flatMap(({ path }) => {
          const message = parseMessage(readFileSync(path), defaultMessageLimits);
          const views = createViews({
            message,
            envelope: { client: {}, sender: '', recipients: [] },
            authentication: undefined as never,
            now: 0,
          });
          return [...views.body.slice(0, 12), ...views.header('ALL'), ...views.uris.slice(0, 5)];
        })
        .slice(0, 600);
      const { compared, different } = compare(all.map(({ pattern }) => ({ pattern, texts: lines })));
      expect(different).toEqual([]);
      expect(compared).toBeGreaterThan(500_000);
    },
    120_000,
  );

  test.skipIf(missing)(
    `find the same one by one and all at once${reason}`,
    async () => {
      const prepared = prepareRules(rules);
      const engine = createRuleEngine(prepared, { scoreSet: 3, keepUnused: true, evals: new Map() });
      const messages = corpusMessages('spamassassin').filter(({ bytes }) => bytes < 20_000);
      const step = Math.ceil(messages.length / 40);
      let hits = 0;
      for (const { path } of messages.filter((_, index) => index % step === 0)) {
        const context = contextOf(readFileSync(path, 'latin1').replaceAll('\r\n', '\n'));
        const views = engine.views(context);
        const { values } = await engine.run(context, undefined, views);
        const enabled = new Set(engine.program.metas.uses.keys());
        prepared.rules.forEach((rule, index) => {
          const translation = prepared.translations[index];
          const { kind } = rule.test;
          if (
            translation === undefined ||
            enabled.has(index) ||
            (kind !== 'body' && kind !== 'rawbody' && kind !== 'uri')
          )
            return;
          if (!rule.name.startsWith('__') && engine.program.reports[index] === 0) return;
          const expression = new RegExp(translation.source, translation.flags);
          const texts =
            kind === 'uri'
              ? views.uris
              : rule.tflags.includes('nosubject')
                ? views[kind].slice(1)
                : views[kind];
          const expected = texts.some((text) => expression.test(text));
          if (expected) hits++;
          expect([rule.name, values[index] !== 0]).toEqual([rule.name, expected]);
        });
      }
      expect(hits).toBeGreaterThan(100);
    },
    120_000,
  );
});
