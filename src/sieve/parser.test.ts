import { describe, expect, test } from 'vitest';
import type { CallNode } from './ast.ts';
import { Diagnostics } from './diagnostics.ts';
import { defaultSieveLimits, type SieveLimits } from './limits.ts';
import { parse } from './parser.ts';

function parsed(source: string, limits: Partial<SieveLimits> = {}): { tree: string; faults: string[] } {
  const diagnostics = new Diagnostics(source, limits.diagnostics ?? 100);
  const commands = parse(source, diagnostics, { ...defaultSieveLimits, ...limits });
  const faults = diagnostics.sorted().map(({ line, column, text }) => `${line}:${column} ${text}`);
  return { tree: commands.map(show).join(' '), faults };
}

function show(call: CallNode): string {
  const words = call.arguments.map((argument) => {
    if (argument.kind === 'tag') return `:${argument.name}`;
    if (argument.kind === 'list') return `[${argument.items.map((item) => item.value).join('|')}]`;
    return JSON.stringify(argument.value);
  });
  const tests = call.tests.map(show).join(', ');
  if (call.testList) words.push(`(${tests})`);
  else if (tests !== '') words.push(tests);
  if (call.block !== undefined) words.push(`{${call.block.map(show).join(' ')}}`);
  return [call.name, ...words].join(' ');
}

test('the generic grammar (RFC 5228 §8.2)', () => {
  const { tree, faults } = parsed(
    'foo; bar :a 1K "x" ["y", "z"] anyof (t1, t2 :b "c", not t3 ()) { baz { } } If TRUE{}',
  );
  // An empty list of tests is none.
  expect(faults).toEqual(['1:61 expected a test, found ")"', '1:61 t3: no test in the list']);
  expect(tree).toContain('if true {}');
  expect(parsed('bar :a 1K ["y", "z"] anyof (t1, t2 :b "c", not t3) { baz { } }').tree).toBe(
    'bar :a 1024 [y|z] anyof (t1, t2 :b "c", not t3) {baz {}}',
  );
});

test('an empty script, and one of comments', () => {
  for (const source of ['', '\r\n', '# only\n/* this */'])
    expect(parsed(source)).toEqual({ tree: '', faults: [] });
});

describe('faults, several at once', () => {
  const cases: readonly (readonly [string, ...string[]])[] = [
    ['keep', '1:5 ";" or a block is missing after keep'],
    ['keep\n}', '2:1 ";" or a block is missing after keep'],
    ['if true { keep }', '1:16 ";" or a block is missing after keep'],
    ['if true { keep;', '1:9 "{" is not closed with "}"'],
    ['keep; } discard; }', '1:7 "}" without a "{" before it'],
    ['if true { if true { keep;', '1:19 "{" is not closed with "}"'],
    ['if true { 1; } keep ];', '1:11 expected a command or "}", found the number 1'],
    ['keep ]; 1; keep ];', '1:6 expected ";" or a block after keep, found "]"'],
    ['; keep;', '1:1 unexpected ";"'],
    ['"a"; :b; 1; [];', '1:1 expected a command, found the string "a"'],
    ['1keep;', '1:1 "1keep" is not a number'],
    ['keep (1); keep ];', '1:7 expected a test, found the number 1', '1:7 keep: no test in the list'],
    [
      'if allof("x" { keep; }',
      '1:10 expected a test, found the string "x"',
      '1:10 allof: no test in the list',
      '1:14 expected "," or ")" to close the list of tests, found "{"',
    ],
    [
      'a ["x" "y"]; b ["x",]; c []; d [1]; e ["x"',
      '1:8 expected "," or "]" to close the list of strings, found the string "y"',
      '1:21 expected a string in the list, found "]"',
      '1:27 list of strings is empty',
      '1:33 expected a string in the list, found the number 1',
      '1:43 expected "," or "]" to close the list of strings, found the end of the script',
    ],
    ['if anyof (true, false { keep; }', '1:23 expected "," or ")" to close the list of tests, found "{"'],
    [
      'if anyof (true,) { x x } keep; y',
      '1:16 expected a test, found ")"',
      '1:24 ";" or a block is missing after x',
      '1:33 ";" or a block is missing after y',
    ],
    [
      'keep ]; discard ); stop',
      '1:6 expected ";" or a block after keep, found "]"',
      '1:17 expected ";" or a block after discard, found ")"',
      '1:24 ";" or a block is missing after stop',
    ],
    [
      'keep @; discard',
      '1:6 unexpected "@"',
      '1:6 expected ";" or a block after keep, found "@"',
      '1:16 ";" or a block is missing after discard',
    ],
  ];
  for (const [source, ...expected] of cases)
    test(JSON.stringify(source), () => {
      expect(parsed(source).faults).toEqual(expected);
    });

  test('what is right stays', () => {
    expect(parsed('keep 1 ]; discard; if x { a "; } stop;').faults).toHaveLength(2);
    expect(parsed('keep 1 ]; discard; stop ];').tree).toBe('discard');
  });
});

describe('limits', () => {
  const nested = (depth: number): string => 'if true {'.repeat(depth) + '}'.repeat(depth);
  test('blocks', () => {
    expect(parsed(nested(32)).faults).toEqual([]);
    expect(parsed(nested(33)).faults).toEqual(['1:297 blocks are nested too deeply (at most 32)']);
    expect(parsed('x {'.repeat(300_000)).faults).toHaveLength(1);
  });

  test('tests', () => {
    expect(parsed(`if ${'not '.repeat(31)}true {}`).faults).toEqual([]);
    expect(parsed(`if ${'not '.repeat(32)}true {}`).faults).toEqual([
      '1:132 tests are nested too deeply (at most 32)',
    ]);
    expect(parsed(`if ${'anyof ('.repeat(100_000)}`).faults).toHaveLength(1);
  });

  test('arguments and lists', () => {
    expect(parsed('x 1 2 3; y 1 2;', { arguments: 2 })).toEqual({
      tree: 'y 1 2',
      faults: ['1:7 too many arguments for x (at most 2)'],
    });
    expect(parsed('x ["a", "b", "c"]; y ["a", "b"];', { listItems: 2 })).toEqual({
      tree: 'y [a|b]',
      faults: ['1:14 list holds too many strings (at most 2)'],
    });
  });

  test('messages', () => {
    expect(parsed('x ]; '.repeat(1000), { diagnostics: 10 }).faults).toHaveLength(10);
  });
});
