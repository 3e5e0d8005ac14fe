import { describe, expect, test } from 'vitest';
import { cpuTime } from '../../test/support/cpu.ts';
import { Diagnostics } from './diagnostics.ts';
import { Lexer } from './lexer.ts';
import { defaultSieveLimits, type SieveLimits } from './limits.ts';

function lex(source: string, limits: Partial<SieveLimits> = {}): { tokens: string[]; faults: string[] } {
  const diagnostics = new Diagnostics(source, 100);
  const lexer = new Lexer(source, diagnostics, { ...defaultSieveLimits, ...limits });
  const tokens: string[] = [];
  do {
    lexer.next();
    const { type, text, value, line } = lexer;
    const shown = type === 'number' ? String(value) : /^(?:identifier|tag|string)$/.test(type) ? text : '';
    tokens.push(shown === '' ? `${line} ${type}` : `${line} ${type} ${shown}`);
  } while (lexer.type !== 'end');
  const faults = diagnostics.sorted().map(({ line, column, text }) => `${line}:${column} ${text}`);
  return { tokens, faults };
}
const tokens = (source: string): string[] => lex(source).tokens;

describe('tokens', () => {
  test('identifiers and tags in any case, punctuation', () => {
    expect(tokens('If NOT header :Comparator [ ] ( ) { } , ; _a1')).toEqual([
      '1 identifier if',
      '1 identifier not',
      '1 identifier header',
      '1 tag comparator',
      '1 [',
      '1 ]',
      '1 (',
      '1 )',
      '1 {',
      '1 }',
      '1 ,',
      '1 ;',
      '1 identifier _a1',
      '1 end',
    ]);
  });

  test('numbers with quantifiers (RFC 5228 §2.4.1)', () => {
    expect(tokens('0 007 1K 2m 3G 2147483647 16777215G')).toEqual([
      '1 number 0',
      '1 number 7',
      '1 number 1024',
      '1 number 2097152',
      '1 number 3221225472',
      '1 number 2147483647',
      `1 number ${16777215 * 2 ** 30}`,
      '1 end',
    ]);
  });

  test('numbers too large or not numbers', () => {
    expect(lex('18446744073709551615\n18446744073709551616\n17179869184G').faults).toEqual([
      '2:1 number 18446744073709551616 is too large',
      '3:1 number 17179869184G is too large',
    ]);
    expect(lex('9'.repeat(100_000)).faults[0]).toMatch(/^1:1 number 9+… is too large$/);
    expect(lex(`${'0'.repeat(100)}5`).tokens[0]).toBe('1 number 5');
    expect(lex('10X 1KB 5_').faults).toEqual([
      '1:1 "10X" is not a number',
      '1:5 "1KB" is not a number',
      '1:9 "5_" is not a number',
    ]);
  });

  test('comments of both kinds (RFC 5228 §2.3)', () => {
    expect(tokens('a # b "c\nd /* e \n * / # */f/**/g#end')).toEqual([
      '1 identifier a',
      '2 identifier d',
      '3 identifier f',
      '3 identifier g',
      '3 end',
    ]);
    expect(lex('keep;\n  /* never').faults).toEqual(['2:3 comment is not closed with */']);
  });

  test('garbage is one fault', () => {
    expect(lex('keep @%& ; =').faults).toEqual(['1:6 unexpected "@%&"', '1:12 unexpected "="']);
    expect(lex('/ :').faults).toEqual(['1:1 unexpected "/"', '1:3 unexpected ":"']);
    expect(lex('\0').faults).toEqual(['1:1 unexpected "\\u0000"']);
  });
});

describe('quoted strings', () => {
  test('escapes (RFC 5228 §2.4.2)', () => {
    expect(lex(String.raw`"a\"b\\c\d" "" "\\"`).tokens).toEqual([
      String.raw`1 string a"b\cd`,
      '1 string',
      '1 string \\',
      '1 end',
    ]);
  });

  test('line endings become CRLF; lines are counted', () => {
    for (const end of ['\n', '\r\n'])
      expect(tokens(`"a${end}b" c`)).toEqual(['1 string a\r\nb', '2 identifier c', '2 end']);
  });

  test('not closed', () => {
    expect(lex('keep;\nfileinto "abc\n;\n').faults).toEqual(['2:10 string is not closed with "']);
    expect(lex('"\\"').faults).toEqual(['1:1 string is not closed with "']);
  });

  test('NUL and length', () => {
    expect(lex('"a\0b"').faults).toEqual(['1:1 string holds a NUL character']);
    expect(lex('"abcd" "abc"', { stringLength: 3 }).faults).toEqual([
      '1:1 string of 4 characters is too long (at most 3)',
    ]);
  });
});

describe('text:', () => {
  for (const [name, end] of [
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ] as const)
    test(`lines up to a single dot, ${name}`, () => {
      const source = ['text: # comment', 'one', '..two', '.three', '', '...', '.', 'keep'].join(end);
      expect(tokens(source)).toEqual([
        '1 string one\r\n.two\r\n.three\r\n\r\n..\r\n',
        '8 identifier keep',
        '8 end',
      ]);
    });

  test('empty, in any case, at the end of the script', () => {
    expect(tokens('text:\n.\n')).toEqual(['1 string', '3 end']);
    expect(tokens('TEXT: \t\n.')).toEqual(['1 string', '2 end']);
    expect(tokens('text:#\n..\n.')).toEqual(['1 string .\r\n', '3 end']);
  });

  test('only LF begins a line', () => {
    expect(tokens('text:\na\u2028.\r.\u2028\n.\n;')[0]).toBe('1 string a\u2028.\r.\u2028\r\n');
  });

  test('faults', () => {
    expect(lex('text: a\n.\n').faults[0]).toBe('1:1 text: must be followed by the end of the line');
    expect(lex('reject text:\nabc\n..\n').faults).toEqual([
      '1:8 text: is not closed with a line that holds a single dot',
    ]);
    expect(lex('text').tokens).toEqual(['1 identifier text', '1 end']);
  });
});

test('the column counts characters, not code units', () => {
  expect(lex('"😀é" @').faults).toEqual(['1:6 unexpected "@"']);
});

test('a script of backslashes and quotes is read in linear time', () => {
  const used = cpuTime(() => {
    lex('\\"'.repeat(200_000));
    lex(`"${'\\'.repeat(400_001)}`);
    lex('text:\n'.repeat(50_000));
  });
  expect(used).toBeLessThan(2000);
});
