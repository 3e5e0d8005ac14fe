/** Whatever comes in: no exception, nothing over its limits, the same each time, and never a lost message. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mail, runInput, runNow } from '../../test/support/sieve.ts';
import { capabilities, compile } from './index.ts';
import { defaultSieveLimits } from './limits.ts';
import type { CompileResult } from './types.ts';

const messages = [
  mail(
    'From: A <a@example.org>',
    'To: g: b@example.com, "c d"@x;',
    'Subject: =?utf-8?q?H=C3=A4?= *x*',
    '',
    'body',
  ),
  Buffer.from('Subject: \xff\x00\r\n a\rb\nFrom: <<@>>,,;\n\n', 'latin1'),
  Buffer.alloc(0),
].map((raw) => runInput(raw));

/** What must hold of every script; the outcomes on all messages, to compare. */
function check(source: string | Uint8Array): { result: CompileResult; outcomes: unknown[] } {
  const result = compile(source);
  expect(result.diagnostics.length).toBeLessThanOrEqual(defaultSieveLimits.diagnostics);
  const failed = result.diagnostics.some(({ severity }) => severity === 'error');
  expect(result.script === undefined).toBe(failed);
  for (const { line, column, text } of result.diagnostics) {
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(text).not.toBe('');
  }
  const { script } = result;
  if (script === undefined) return { result, outcomes: [] };
  const outcomes = messages.map((input) => {
    const outcome = runNow(script, input, { trace: true, limits: { steps: 10_000 } });
    expect(outcome.actions.length).toBeGreaterThan(0);
    expect(outcome.actions.length).toBeLessThanOrEqual(defaultSieveLimits.actions + 1);
    if (outcome.error !== undefined)
      expect(outcome.actions).toEqual([{ type: 'keep', line: 0, implicit: true }]);
    expect(outcome.error?.text ?? '').not.toContain('cannot go on');
    return outcome;
  });
  return { result, outcomes };
}

/** Words of the language, so that bytes hit its grammar. */
const alphabet = [
  ['require', 'if', 'elsif', 'else', 'stop', 'keep', 'discard', 'redirect', 'fileinto', 'reject', 'ereject'],
  ['address', 'envelope', 'header', 'exists', 'size', 'not', 'allof', 'anyof', 'true', 'false', 'nonsense'],
  [
    ':is',
    ':contains',
    ':matches',
    ':comparator',
    ':all',
    ':localpart',
    ':domain',
    ':over',
    ':under',
    ':none',
  ],
  ['"i;octet"', '"i;ascii-numeric"', '"fileinto"', '"envelope"', '"reject"', '"encoded-character"', '"from"'],
  [
    '"Subject"',
    '"a@b"',
    '"*?*\\\\"',
    '"${hex:40}"',
    '"${unicode:d800}"',
    '""',
    '"ä\n😀"',
    '"unclosed',
    'text:\n..x\n.\n',
  ],
  [
    ';',
    ';',
    '{',
    '}',
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    ',',
    '1',
    '2G',
    '99999999999999999999',
    '#c\n',
    '/*',
    '*/',
    '\n',
  ],
  ['\r\n', '\0', '\ufffd', ':', '@', '.\n'],
  ['set', 'string', 'ihave', 'error', 'include', 'return', 'global', 'environment', 'debug_log'],
  [':regex', ':value', ':count', ':length', ':quoteregex', ':upper', ':user', ':detail', ':once', '"gt"'],
  [
    '"${1}"',
    '"${a}"',
    '"a"',
    '"${global.a}"',
    '"${env.host}"',
    '"(a|${b}"',
    '"[[:alpha:]]*"',
    '"variables"',
    '"regex"',
  ],
].flat();

/** Scripts that are mostly right. */
const grammar = fc.letrec<{
  commands: string;
  command: string;
  test: string;
  text: string;
  list: string;
  matching: string;
}>((tie) => ({
  text: fc.constantFrom(
    '"a@b"',
    '"*h*"',
    '"subject"',
    '"to"',
    '"From"',
    '""',
    '"${hex:40}"',
    'text:\n..\na\n.\n',
    '"${a}"',
    '"x${1}${b}@${global.c}"',
    '"^(.*)@"',
  ),
  list: fc.oneof(
    tie('text'),
    fc.array(tie('text'), { minLength: 1, maxLength: 3 }).map((texts) => `[${texts.join(', ')}]`),
  ),
  matching: fc.constantFrom(
    '',
    ':is',
    ':contains',
    ':matches',
    ':matches :comparator "i;octet"',
    ':comparator "i;ascii-numeric"',
    ':matches :comparator "i;unicode-casemap"',
    ':regex',
    ':regex :comparator "i;unicode-casemap"',
    ':value "ge"',
    ':count "lt" :comparator "i;ascii-numeric"',
  ),
  test: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('true', 'false', 'size :over 10', 'size :under 1K', 'exists ["from", "to"]'),
    fc.tuple(tie('matching'), tie('list')).map(([how, keys]) => `header ${how} ["subject", "from"] ${keys}`),
    fc
      .tuple(tie('matching'), tie('list'))
      .map(([how, keys]) => `address :domain ${how} ["to", "from"] ${keys}`),
    fc.tuple(tie('matching'), tie('list')).map(([how, keys]) => `envelope ${how} :localpart "to" ${keys}`),
    fc.tuple(tie('matching'), tie('list'), tie('list')).map(([how, a, b]) => `string ${how} ${a} ${b}`),
    fc.tuple(tie('matching'), tie('list')).map(([how, keys]) => `address :detail ${how} "from" ${keys}`),
    fc.constantFrom('ihave "fileinto"', 'ihave "vnd.example.none"', 'environment "name" "${a}"'),
    tie('test').map((inner) => `not ${inner}`),
    fc.array(tie('test'), { minLength: 1, maxLength: 3 }).map((inner) => `anyof (${inner.join(',\n')})`),
    fc.array(tie('test'), { minLength: 1, maxLength: 3 }).map((inner) => `allof (${inner.join(', ')})`),
  ),
  command: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('keep;', 'discard;', 'stop;', 'redirect "x@y.org";', 'redirect "A <z@y.org>";'),
    tie('text').map((text) => `fileinto ${text};`),
    fc
      .tuple(
        fc.constantFrom('', ':lower', ':length', ':quotewildcard :upperfirst', ':quoteregex'),
        tie('text'),
      )
      .map(([how, text]) => `set ${how} "a" ${text};`),
    tie('text').map((text) => `set "global.c" ${text};`),
    fc.constantFrom(
      'return;',
      'include :optional "a";',
      'if ihave "vnd.example.none" { frobnicate; }',
      'error "${a}";',
    ),
    tie('text').map((text) => `reject ${text};`),
    fc
      .tuple(tie('test'), tie('commands'), tie('test'), tie('commands'), tie('commands'))
      .map(
        ([one, first, two, second, third]) =>
          `if ${one} {\n${first}} elsif ${two} { ${second}} else {${third}}`,
      ),
  ),
  commands: fc.array(tie('command'), { maxLength: 4 }).map((list) => list.join('\n')),
}));
const required = [
  'fileinto',
  'reject',
  'envelope',
  'encoded-character',
  'comparator-i;ascii-numeric',
  'comparator-i;unicode-casemap',
  'variables',
  'relational',
  'regex',
  'subaddress',
  'ihave',
  'include',
  'vnd.dovecot.environment',
  'vnd.dovecot.debug',
];
const prologue = `require ${JSON.stringify(required)};\n`;

describe('fuzzing', () => {
  test('bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void check(bytes)),
      { numRuns: 300 },
    );
  });

  test('bytes mapped onto the words of the language', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(alphabet.length - 1), { maxLength: 60 }), fc.boolean(), (words, spaced) => {
        const source = words.map((word) => alphabet[word]).join(spaced ? ' ' : '');
        const once = check(source);
        expect(check(source).result.diagnostics).toEqual(once.result.diagnostics);
        check(prologue + source);
      }),
      { numRuns: 500 },
    );
  });

  test('scripts of the grammar compile, run the same each time, and mean the same with LF and CRLF', () => {
    let compiledScripts = 0;
    fc.assert(
      fc.property(grammar.commands, (commands) => {
        const source = prologue + commands;
        const first = check(source);
        if (first.result.script !== undefined) compiledScripts++;
        expect(check(source).outcomes).toEqual(first.outcomes);
        const crlf = check(source.replaceAll('\n', '\r\n'));
        expect(crlf.outcomes).toEqual(first.outcomes);
        expect(crlf.result.diagnostics).toEqual(first.result.diagnostics);
      }),
      { numRuns: 300 },
    );
    expect(compiledScripts).toBeGreaterThan(30);
  });

  test('a script that is cut anywhere', () => {
    const source = `${prologue}if anyof (header :matches "subject" ["*ä*", text:\n.x\n.\n]) { reject "😀\\""; } /* c */ keep;`;
    const bytes = Buffer.from(source);
    for (let end = 0; end <= bytes.length; end++) check(bytes.subarray(0, end));
  });
});

test('every capability compiles by itself', () => {
  for (const capability of capabilities()) {
    const { script } = compile(`require ${JSON.stringify(capability)};`, { available: [capability] });
    expect(script?.requires).toEqual([capability]);
  }
});
