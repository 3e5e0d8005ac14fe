import { describe, expect, test } from 'vitest';
import { faults } from '../../test/support/sieve.ts';
import { compile, formatDiagnostic } from './index.ts';

/** Each kind of fault once; everything else in the script is right. */
const cases: Readonly<Record<string, readonly (readonly [script: string, ...expected: string[]])[]>> = {
  'commands and tests': [
    ['frobnicate;', '1:1 error: unknown command frobnicate'],
    ['frobnicate; frobnicate "x"; keep;', '1:1 error: unknown command frobnicate'],
    ['if frob "x" { keep; }', '1:4 error: unknown test frob'],
    ['header "a" "b";', '1:1 error: header is a test, not a command'],
    ['if keep { discard; }', '1:4 error: keep is a command, not a test'],
    ['fileinto "x";', '1:1 error: command fileinto needs require "fileinto"'],
    ['if envelope "from" "x" { keep; }', '1:4 error: test envelope needs require "envelope"'],
    ['keep { stop; }', '1:1 error: keep takes no block'],
    ['if true;', '1:1 error: if needs a block'],
    ['keep true;', '1:6 error: keep: takes no test'],
    ['keep\ndiscard;', '2:1 error: keep: takes no test; is a ";" missing before discard?'],
  ],
  'tests of tests': [
    ['if { keep; }', '1:1 error: if: needs a test'],
    ['if (true, false) { keep; }', '1:11 error: if: takes one test, not a list (use allof or anyof)'],
    ['if (true) { keep; }', '1:1 error: if: takes a test without parentheses'],
    ['if anyof true { keep; }', '1:4 error: anyof: takes a list of tests in parentheses'],
    ['if allof { keep; }', '1:4 error: allof: needs a list of tests in parentheses'],
    ['if not { keep; }', '1:4 error: not: needs a test'],
    ['if true true { keep; }', '1:9 error: true: takes no test'],
  ],
  'if, elsif, else': [
    ['else { keep; }', '1:1 error: else must follow if or elsif'],
    ['keep; elsif true { keep; }', '1:7 error: elsif must follow if or elsif'],
    ['if true {} else {} elsif true {}', '1:20 error: elsif must follow if or elsif'],
    ['if true {} else {} else {}', '1:20 error: else must follow if or elsif'],
    ['if true { } keep; else { }', '1:19 error: else must follow if or elsif'],
    ['if true { else { } }', '1:11 error: else must follow if or elsif'],
    ['if true {} else true {}', '1:17 error: else: takes no test'],
  ],
  require: [
    ['require "foo";', '1:9 error: unknown capability "foo"'],
    [
      'require ["foo", "bar"];',
      '1:10 error: unknown capability "foo"',
      '1:17 error: unknown capability "bar"',
    ],
    ['keep; require "fileinto";', '1:7 error: require must stand at the beginning of the script'],
    ['if true { require "fileinto"; }', '1:11 error: require must stand at the beginning of the script'],
    ['require;', '1:1 error: require: argument 1 (capabilities) is missing: a list of strings'],
    ['require "fileinto"; require ["fileinto"]; fileinto "x";'],
    [
      'require ["fileinto", "envelope"]; fileinto "x";',
      '1:22 warning: capability "envelope" is required but not used',
    ],
    ['require ["comparator-i;octet", "comparator-i;ascii-casemap"]; keep;'],
    ['require "FileInto";', '1:9 error: unknown capability "FileInto"'],
  ],
  arguments: [
    ['keep "x";', '1:6 error: keep: takes no arguments'],
    ['redirect;', '1:1 error: redirect: argument 1 (address) is missing: a string'],
    ['redirect "a@b" "c@d";', '1:16 error: redirect: takes at most 1 argument'],
    [
      'redirect ["a@b"];',
      '1:10 error: redirect: argument 1 (address) must be a string, not a list of strings',
    ],
    ['redirect 5;', '1:10 error: redirect: argument 1 (address) must be a string, not a number'],
    [
      'if header 5 "x" { keep; }',
      '1:11 error: header: argument 1 (header names) must be a list of strings, not a number',
    ],
    ['if size :over "5" { keep; }', '1:15 error: size: argument 1 (limit) must be a number, not a string'],
    ['if header "a" :is "b" { keep; }', '1:15 error: header: tag :is must stand before the other arguments'],
    ['if header "x" { keep; }', '1:4 error: header: argument 2 (key list) is missing: a list of strings'],
    ['if exists "a" "b" { keep; }', '1:15 error: exists: takes at most 1 argument'],
  ],
  tags: [
    ['keep :foo;', '1:6 error: keep: unknown tag :foo'],
    ['if header :all "a" "b" { keep; }', '1:11 error: header: unknown tag :all'],
    ['if exists :is "a" { keep; }', '1:11 error: exists: unknown tag :is'],
    [
      'if header :is :contains "a" "b" { keep; }',
      '1:15 error: header: :contains cannot be used together with :is',
    ],
    ['if header :is :is "a" "b" { keep; }', '1:15 error: header: tag :is is given twice'],
    [
      'if address :domain :all "from" "b" { keep; }',
      '1:20 error: address: :all cannot be used together with :domain',
    ],
    ['if size :over :under 5 { keep; }', '1:15 error: size: :under cannot be used together with :over'],
    ['if size 5 { keep; }', '1:4 error: size: needs :over or :under'],
  ],
  comparators: [
    ['if header :comparator "i;foo" "a" "b" { keep; }', '1:23 error: header: unknown comparator "i;foo"'],
    [
      'if header :comparator "i;ascii-numeric" "a" "b" { keep; }',
      '1:23 error: header: comparator "i;ascii-numeric" needs require "comparator-i;ascii-numeric"',
    ],
    [
      'require "comparator-i;ascii-numeric"; if header :contains :comparator "i;ascii-numeric" "a" "b" { keep; }',
      '1:42 error: header: comparator "i;ascii-numeric" cannot be used with :contains',
    ],
    ['if header :comparator :is "a" "b" { keep; }', '1:11 error: header: tag :comparator needs a string'],
    [
      'if header :comparator ["i;octet"] "a" "b" { keep; }',
      '1:23 error: header: tag :comparator must be a string, not a list of strings',
    ],
    [
      'if header :comparator "i;octet" :comparator "i;octet" "a" "b" { keep; }',
      '1:33 error: header: tag :comparator is given twice',
    ],
    [
      'require "comparator-i;ascii-numeric"; keep;',
      '1:9 warning: capability "comparator-i;ascii-numeric" is required but not used',
    ],
  ],
  values: [
    ['redirect "nobody";', '1:10 error: redirect: "nobody" is not an address'],
    ['redirect "a@b, c@d";', '1:10 error: redirect: "a@b, c@d" is not an address'],
    ['require "fileinto"; fileinto "";', '1:30 error: fileinto: name of the mailbox is empty'],
    [
      'require "fileinto"; fileinto "a\nb";',
      '1:30 error: fileinto: name of the mailbox holds a control character: "a\\r\\nb"',
    ],
    ['if header ["a", "b:"] "c" { keep; }', '1:17 warning: header: "b:" is not the name of a header field'],
    ['if exists "" { keep; }', '1:11 warning: exists: "" is not the name of a header field'],
    [
      'if address "subject" "x" { keep; }',
      '1:12 error: address: header field "subject" does not hold addresses',
    ],
    [
      'require "envelope"; if envelope "size" "1" { keep; }',
      '1:33 error: envelope: unknown part "size" of the envelope',
    ],
    [
      'require "encoded-character"; redirect "${unicode:D800}";',
      '1:39 error: ${unicode:D800} is no Unicode character',
    ],
  ],
  'sure mistakes': [
    ['stop; keep; discard;', '1:7 warning: keep is never reached: the script has stopped before'],
    [
      'if true { stop; keep; } discard;',
      '1:17 warning: keep is never reached: the script has stopped before',
    ],
    [
      'if true { stop; } elsif false { keep; stop; } else { stop; } discard;',
      '1:62 warning: discard is never reached: the script has stopped before',
    ],
    ['if true { stop; } elsif false { keep; } else { stop; } discard;'],
    ['if true { stop; } discard;'],
    [
      'if address :domain "from" "a@b" { keep; }',
      '1:27 warning: address: :domain never is "a@b", which has an "@"',
    ],
    [
      'if address :localpart :contains "from" ["x", "a@b"] { keep; }',
      '1:46 warning: address: :localpart never is "a@b", which has an "@"',
    ],
    [
      'require "envelope"; if envelope :domain :matches "to" "*@b" { keep; }',
      '1:55 warning: envelope: :domain never is "*@b", which has an "@"',
    ],
    ['if address :all "from" "a@b" { keep; }'],
  ],
  'several at once': [
    [
      'require "foo";\nkeep 1;\nif header :foo "a" "b" {\n  frob;\n}\nelse { redirect "x"; }\n',
      '1:9 error: unknown capability "foo"',
      '2:6 error: keep: takes no arguments',
      '3:11 error: header: unknown tag :foo',
      '4:3 error: unknown command frob',
      '6:17 error: redirect: "x" is not an address',
    ],
    [
      'keep 1\n]; frob "x" ; if anyof (foo, true) { @ }',
      '2:1 error: expected ";" or a block after keep, found "]"',
      '2:4 error: unknown command frob',
      '2:25 error: unknown test foo',
      '2:38 error: unexpected "@"',
      '2:38 error: expected a command or "}", found "@"',
    ],
    ['keep "x" true;', '1:6 error: keep: takes no arguments', '1:10 error: keep: takes no test'],
  ],
};

for (const [name, list] of Object.entries(cases))
  describe(name, () => {
    for (const [script, ...expected] of list)
      test(JSON.stringify(script), () => {
        expect(faults(script)).toEqual(expected);
      });
  });

describe('the source', () => {
  test('must be UTF-8; the place is told', () => {
    const bytes = Buffer.from('keep;\n# \ufffd é\nredirect "a\xffb";', 'utf8');
    expect(compile(bytes).diagnostics).toHaveLength(1);
    const broken = Buffer.concat([Buffer.from('\ufeffkeep;\n# \ufffd é\ndé "'), Buffer.from([0xff, 0x22])]);
    expect(faults(broken)).toEqual(['3:5 error: script is not UTF-8']);
    expect(faults(Buffer.from([0xc3]))).toEqual(['1:1 error: script is not UTF-8']);
    expect(faults('keep; "\ud800"')).toEqual(['1:8 error: script is not UTF-8']);
  });

  test('a byte order mark is left out', () => {
    expect(faults('\ufeffkeep;')).toEqual([]);
    expect(faults(Buffer.from('\ufeffkep;'))).toEqual(['1:1 error: unknown command kep']);
  });

  test('may only be so large', () => {
    expect(faults('keep; # é', { limits: { scriptBytes: 9 } })).toEqual([
      '1:1 error: script of 10 octets is too large (at most 9)',
    ]);
    expect(faults('keep; # é', { limits: { scriptBytes: 10 } })).toEqual([]);
  });
});

describe('capabilities', () => {
  test('only the allowed ones', () => {
    expect(faults('require "fileinto"; fileinto "x";', { capabilities: ['envelope'] })).toEqual([
      '1:9 error: capability "fileinto" cannot be used here: it is not allowed',
      '1:21 error: command fileinto needs require "fileinto"',
    ]);
    expect(faults('require "fileinto"; fileinto "x";', { capabilities: ['fileinto'] })).toEqual([]);
  });

  test('refused with a reason', () => {
    const refused = new Map([['fileinto', 'there is no mail store']]);
    expect(faults('require "fileinto";', { refused })).toEqual([
      '1:9 error: capability "fileinto" cannot be used here: there is no mail store',
    ]);
  });

  test('are told of the script', () => {
    const { script } = compile('require ["fileinto", "reject"]; fileinto "a";', { name: 'x' });
    expect(script).toMatchObject({ name: 'x', requires: ['fileinto', 'reject'] });
  });
});

describe('formatDiagnostic', () => {
  const at = (line: number, column: number) => ({ severity: 'error' as const, line, column, text: 'oh' });
  test('with and without the source', () => {
    expect(formatDiagnostic('main', at(2, 3))).toBe('main: line 2: error: oh');
    expect(formatDiagnostic('main', at(2, 3), 'a\r\n\té x\r\n')).toBe(
      'main: line 2: error: oh\n   é x\n    ^',
    );
    expect(formatDiagnostic('main', at(9, 1), 'a')).toBe('main: line 9: error: oh');
  });

  test('a long line is cut around the place, and controls do not reach the terminal', () => {
    const source = `${'a'.repeat(500)}\u001b[31m${'b'.repeat(500)}`;
    const [, line = '', caret = ''] = formatDiagnostic('m', at(1, 502), source).split('\n');
    expect(line.length).toBeLessThan(110);
    expect(line).toContain('\ufffd[31m');
    expect(line.charAt(caret.indexOf('^'))).toBe('[');
  });
});
