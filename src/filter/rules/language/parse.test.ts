import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RuleSet } from '../types.ts';
import { parseRules, type ParseOptions } from './parse.ts';

const parse = (text: string, options: ParseOptions = {}): RuleSet =>
  parseRules([{ name: 'a.cf', text }], options);
const names = (text: string): string[] => parse(text).rules.map(({ name }) => name);
const faults = (text: string): string[] =>
  parse(text).faults.map(({ line, rule, text: why }) => `${line} ${rule ?? '-'} ${why}`);
const rule = (text: string) => parse(text).rules[0];

test('a rule with all that is said about it, wherever it is said', () => {
  const text = `
    score    A 1.5
    tflags   A multiple maxhits=3 nice
    body     A /money/i     # a comment
    describe A Asks for \\# money
    priority A -10`;
  expect(rule(text)).toEqual({
    name: 'A',
    file: 'a.cf',
    line: 4,
    test: { kind: 'body', pattern: { source: 'money', flags: 'i' } },
    description: 'Asks for # money',
    scores: [1.5, 1.5, 1.5, 1.5],
    tflags: ['multiple', 'maxhits=3', 'nice'],
    priority: -10,
  });
});

describe('scores', () => {
  test.each([
    ['body A /x/', [1, 1, 1, 1]],
    ['body T_A /x/', [0.01, 0.01, 0.01, 0.01]],
    ['body __A /x/', [0, 0, 0, 0]],
    ['body A /x/\ntflags A nice', [-1, -1, -1, -1]],
    ['body A /x/\nscore A 1 2 3 4', [1, 2, 3, 4]],
    ['body A /x/\nscore A 1 2 3 4\nscore A (1)', [2, 3, 4, 5]],
    ['body A /x/\nscore A 2\nscore A 0', [0, 0, 0, 0]],
  ])('%j', (text, scores) => expect(rule(text)?.scores).toEqual(scores));
});

describe('what a rule looks at', () => {
  test.each<[string, object]>([
    [
      'header A Subject =~ /x/',
      { kind: 'header', field: 'Subject', negated: false, pattern: { source: 'x', flags: '' } },
    ],
    [
      'header A From:addr:first !~ m{x}i',
      { kind: 'header', field: 'From:addr:first', negated: true, pattern: { source: 'x', flags: 'i' } },
    ],
    [
      'header A To =~ /x/ [if-unset: none]',
      { kind: 'header', field: 'To', negated: false, pattern: { source: 'x', flags: '' }, ifUnset: 'none' },
    ],
    ['header A exists:X-Mailer', { kind: 'exists', field: 'X-Mailer', negated: false }],
    [
      'header A eval:check_it(\'a\', "b c", 3, d)',
      { kind: 'eval', on: 'header', function: 'check_it', args: ['a', 'b c', '3', 'd'] },
    ],
    ['body A eval:nothing()', { kind: 'eval', on: 'body', function: 'nothing', args: [] }],
    ["full A eval:it('don\\'t')", { kind: 'eval', on: 'full', function: 'it', args: ["don't"] }],
    ['uri A /x/', { kind: 'uri', pattern: { source: 'x', flags: '' } }],
    ['rawbody A /x/', { kind: 'rawbody', pattern: { source: 'x', flags: '' } }],
    ['meta A (B && !C) + 2 > 1', { kind: 'meta', expression: '(B && !C) + 2 > 1' }],
    [
      'mimeheader A Content-Type:raw =~ /x/',
      {
        kind: 'mimeheader',
        field: 'Content-Type',
        raw: true,
        negated: false,
        pattern: { source: 'x', flags: '' },
      },
    ],
    [
      'uri_detail A type =~ /^a$/ text !~ m!a/b!i',
      {
        kind: 'uri_detail',
        conditions: [
          { key: 'type', negated: false, pattern: { source: '^a$', flags: '' } },
          { key: 'text', negated: true, pattern: { source: 'a/b', flags: 'i' } },
        ],
      },
    ],
    [
      'askdns A _DKIMDOMAIN_.example A /x/',
      { kind: 'network', directive: 'askdns', args: ['_DKIMDOMAIN_.example', 'A', '/x/'] },
    ],
  ])('%s', (text, expected) => expect(rule(text)?.test).toEqual(expected));
});

describe('conditions', () => {
  test.each([
    ['if (version >= 4.000000)\nbody A /x/\nendif', ['A']],
    ['if (version < 4.000000)\nbody A /x/\nelse\nbody B /x/\nendif', ['B']],
    ['ifplugin Mail::SpamAssassin::Plugin::FreeMail\nbody A /x/\nendif', ['A']],
    ['ifplugin Mail::SpamAssassin::Plugin::Unheard\nbody A /x/\nendif\nbody B /x/', ['B']],
    ['if !plugin(Mail::SpamAssassin::Plugin::Unheard)\nbody A /x/\nendif', ['A']],
    ['if !(can(Mail::SpamAssassin::Conf::feature_bug6558_free))\nbody A /x/\nendif', []],
    [
      'if can(Mail::SpamAssassin::Plugin::BodyEval::has_check_body_length) && has(Mail::SpamAssassin::Conf::feature_edns)\nbody A /x/\nendif',
      ['A'],
    ],
    ['if 0\nif 1\nbody A /x/\nelse\nbody B /x/\nendif\nelse\nbody C /x/\nendif', ['C']],
    ['if (1 || 0) && 2 > 1\nbody A /x/\nendif', ['A']],
    ['if local_tests_only\nbody A /x/\nendif', []],
  ])('%j', (text, expected) => {
    expect(names(text)).toEqual(expected);
    expect(faults(text)).toEqual([]);
  });

  test('that cannot be read hold not; those left open are reported', () => {
    expect(faults('if (1 +\nbody A /x/\nendif')).toEqual(['1 - condition: ends too early']);
    expect(faults('if 1\nbody A /x/')).toEqual(['1 - "if" without its "endif"']);
    expect(faults('endif\nelse')).toEqual(['1 - "endif" without "if"', '2 - "else" without "if"']);
  });
});

test('what cannot be read leaves out its own rule, with the line', () => {
  const text = [
    'body A /x/',
    'body B /(/',
    'nonsense 1',
    'header C Subject',
    'header D Subject:odd =~ /x/',
    'meta E (A',
    'score A one',
    'body 1F /x/',
    'body G',
    'include none.cf',
    'uri_detail H what =~ /x/',
    'body A no pattern',
  ].join('\n');
  expect(names(text)).toEqual(['B']);
  expect(faults(text)).toEqual([
    '3 - directive "nonsense" is not known',
    '4 C not of the form "Field =~ /pattern/"',
    '5 D modifier ":odd" is not known',
    '6 E "(" without its ")"',
    '7 - "one" is no score',
    '8 1F "1F" is no rule name',
    '9 G rule without a test',
    '10 - file none.cf cannot be read',
    '11 H "what" is none of raw, type, cleaned, text, domain, host',
    '12 A pattern without delimiters, such as /…/',
  ]);
});

test('settings are kept, under their new names, and can be taken back', () => {
  const { settings, faults: found } = parse(
    [
      'freemail_domains a.example b.example',
      'freemail_domains c.example',
      'whitelist_from x@example.org y@example.org',
      'unwhitelist_from x@example.org',
      'trusted_networks 192.0.2.0/24',
      'clear_trusted_networks',
      'report anything',
      'required-hits 5',
    ].join('\n'),
  );
  const values = (name: string) => settings.get(name)?.map(({ value }) => value);
  expect(values('freemail_domains')).toEqual(['a.example b.example', 'c.example']);
  expect(values('welcomelist_from')).toEqual(['y@example.org']);
  expect(values('trusted_networks')).toBeUndefined();
  expect(values('required_score')).toEqual(['5']);
  expect(found).toEqual([]);
});

test('lang, include and require_version', () => {
  const include = (path: string) =>
    path === 'b.cf'
      ? { name: 'b.cf', text: 'require_version 9.0\nbody NOT /x/' }
      : { name: path, text: `include ${path}` };
  const { rules, faults: found } = parse(
    'body A /x/\nlang de describe A Etwas\nlang en describe A Something\ninclude b.cf\nbody B /x/\ninclude c.cf',
    { include },
  );
  expect(rules.map(({ name, description }) => [name, description])).toEqual([
    ['A', 'Something'],
    ['B', ''],
  ]);
  expect(found.map(({ file, text }) => `${file}: ${text}`)).toEqual([
    'b.cf: file is for version 9.0, this is 4.000001: skipped',
    'c.cf: include more than 10 deep',
  ]);
});

describe('replace_rules', () => {
  const source = (pattern: string): string => {
    const one = rule(
      `replace_tag A [a4]\nreplace_tag B b\nreplace_tag AB <A><B>\nreplace_inter W1 \\W?\nreplace_post P2 {1,2}\nreplace_pre X (?:\nbody R /${pattern}/\nreplace_rules R`,
    )?.test;
    return one !== undefined && 'pattern' in one ? one.pattern.source : '';
  };
  test.each([
    ['x<A>y', 'x[a4]y'],
    ['<inter W1><A><B>c<A>', '[a4]\\W?bc[a4]'],
    ['<post P2><A>c<B>', '[a4]{1,2}cb{1,2}'],
    ['<AB>', '[a4]b'],
    ['<Z><A>', '<Z>[a4]'],
    ['(?<!x)<A>', '(?<!x)[a4]'],
  ])('%s', (pattern, expected) => expect(source(pattern)).toBe(expected));
});

test('never throws, whatever the text', () => {
  const word = fc.constantFrom(
    'header',
    'body',
    'meta',
    'score',
    'if',
    'else',
    'endif',
    'ifplugin',
    'tflags',
    'replace_tag',
    'replace_rules',

    'uri_detail',
    'mimeheader',
    'describe',
    'eval:f(',
    "'a'",
    ')',
    '(',
    '/x/',
    '/(/i',
    '=~',
    'Subject',
    'A',
    '__B',
    '1',

    '&&',
    '||',
    '!',
    '\n',
    '\n',
    '\n',
    '#',
    '\\',
    'include',
    'lang',
    'en',
    'exists:X',
    '[if-unset:',
    ']',
    '\xff',
    '?',
    ':',
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const { rules, faults: found } = parse(words.join(' '), { include: () => undefined });
      expect(Array.isArray(rules) && Array.isArray(found)).toBe(true);
      expect(structuredClone(rules)).toEqual(rules);
    }),
    { numRuns: 600 },
  );
});
