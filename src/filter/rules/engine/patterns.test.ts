import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePattern } from '../regex/parse.ts';
import { compileLine, compileTranslation, translatePattern } from '../regex/translate.ts';
import { type PatternRule, PatternSet } from './patterns.ts';

function ruleOf(source: string, more: Partial<PatternRule> = {}): PatternRule {
  const translation = translatePattern(parsePattern(source, 'm'));
  const { source: written, flags } = compileTranslation(translation);
  return {
    rule: 0,
    expression: new RegExp(written, `${flags}g`),
    line:
      translation.perLine === undefined
        ? undefined
        : { expression: compileLine(translation), bytes: translation.perLine },
    literals: undefined,
    negated: false,
    bytes: translation.bytes,
    maxHits: 100,
    skipsFirst: false,
    ...more,
  };
}

function valueOf(rule: PatternRule, texts: readonly string[]): number {
  const values = new Float64Array(1);
  const observer = {
    before: () => undefined,
    after: () => undefined,
    failed: (_: number, error: unknown) => {
      throw error;
    },
  };
  new PatternSet([rule]).run(texts, { values, evidence: new Map(), reports: new Uint8Array(1), observer });
  return values[0] ?? 0;
}

test.each([
  ['^a', 'a\nb\na', 2],
  ['^', 'a\nb\n', 2],
  ['^$', 'a\n\n\nb', 2],
  ['^[^x]*a', 'b\na\nb\na', 1],
  ['^(?:a|b)c', 'ac\nbc ac', 2],
  ['^a|b', 'xb', 1],
  ['^x', '', 0],
  ['^', '', 1],
  ['^a{3}', 'aa\naaaa\naa', 1],
  ['^[^x]{3}', 'aa\naaaa\naa', 2],
])('%s in lines', (source, text, count) => {
  expect(valueOf(ruleOf(source), [text])).toBe(count);
});

test('an empty text is the same whether it is run or known', () => {
  const rules = ['^$', 'a?', 'a', '^', '\\S', '(?!a)'].flatMap((source, index) => [
    ruleOf(source, { rule: 2 * index, line: undefined, maxHits: 1 }),
    ruleOf(source, { rule: 2 * index + 1, line: undefined, maxHits: 1, negated: true }),
  ]);
  const observer = { before: () => undefined, after: () => undefined, failed: () => undefined };
  const stateOf = () => ({
    values: new Float64Array(rules.length),
    evidence: new Map<number, string>(),
    reports: new Uint8Array(rules.length).fill(1),
    observer,
  });
  const [ran, known] = [stateOf(), stateOf()];
  const set = new PatternSet(rules);
  set.run([''], ran);
  set.runEmpty(known);
  expect(known).toEqual(ran);
  expect([...known.values]).toContain(1);
});

test.each<[string, number]>([
  ['abc', 3],
  ['a{2,}b?(?:cd|efg)', 4],
  ['(a)\\1(?=x)^', 1],
  ['(?>ab)*', 0],
])('%s matches so many bytes at least', (source, bytes) => {
  expect(translatePattern(parsePattern(source, '')).bytes).toBe(bytes);
});

test('what is tried line by line hits as often as what is tried everywhere', () => {
  const piece = fc.constantFrom(
    'a',
    '[ab]',
    '.',
    '\\n',
    '[^a]*',
    'b+',
    '$',
    '(a|b)\\1',
    '(?<=\\n)',
    '\\b',
    '(?:a\\n)?',
  );
  const source = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => `^${pieces.join('')}`);
  fc.assert(
    fc.property(source, fc.stringMatching(/^[ab \n]{0,20}$/), (pattern, text) => {
      const rule = ruleOf(pattern);
      expect(rule.line).toBeDefined();
      expect(valueOf(rule, [text])).toBe(valueOf({ ...rule, line: undefined }, [text]));
      const once = { ...rule, maxHits: 1, expression: new RegExp(rule.expression.source) };
      expect(valueOf(once, [text])).toBe(valueOf({ ...once, line: undefined }, [text]));
    }),
    { numRuns: 1000 },
  );
});
