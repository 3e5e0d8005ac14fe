import { describe, expect, test } from 'vitest';
import { contextOf } from '../views/testing.ts';
import { createRuleEngine, type RuleEngineOptions } from './engine.ts';
import type { EvalFunction } from './evals/types.ts';
import { parseRules } from './language/parse.ts';
import { prepareRules } from './prepare.ts';

const engineOf = (rules: string, options: Partial<RuleEngineOptions> = {}) =>
  createRuleEngine(prepareRules(parseRules([{ name: 'a.cf', text: rules }])), { scoreSet: 0, ...options });

/** Hits of a set of rules on a message, with their values. */
async function hits(
  rules: string,
  message: string,
  options: Partial<RuleEngineOptions> = {},
): Promise<Record<string, number>> {
  const engine = engineOf(rules, options);
  const result = await engine.run(contextOf(message));
  return Object.fromEntries(
    result.hits.map(({ rule, value }) => [engine.program.rules[rule]?.name ?? '', value]),
  );
}

const MESSAGE = `From: "Anna A." <anna@example.org>
To: ben@example.net, carl@example.net
Subject: =?utf-8?q?caf=C3=A9?= offer
X-Empty:
Message-ID: <1@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Make money
fast. Money for caf=E9.

See http://www.example.com/a%2Fb or evil.example.com/x
--b
Content-Type: application/pdf; name=a.pdf

x
--b--
`;

test.each([
  ['body A /make money fast/i', ['A']],
  ['body A /^caf\\xc3\\xa9 offer/', ['A']],
  ['body A /caf\\xc3\\xa9\\./', ['A']],
  ['body A /offer/\ntflags A nosubject', []],
  ['body A /offer Make/', []],
  ['rawbody A /money\\nfast/', ['A']],
  ['rawbody A /caf\\xe9/', ['A']],
  ['full A /^Subject: =\\?utf-8/m', ['A']],
  ['uri A m{^http://www\\.example\\.com/a/b$}', ['A']],
  ['uri A m{^http://evil\\.example\\.com/x$}', ['A']],
  ['header A Subject =~ /^caf\\xc3\\xa9 offer\\n$/', ['A']],
  ['header A Subject:raw =~ /^ =\\?utf-8/', ['A']],
  ['header A From:addr =~ /^anna@example\\.org$/', ['A']],
  ['header A From:name =~ /^Anna A\\.$/', ['A']],
  ['header A To:addr =~ /^ben@example.net\\ncarl@example.net$/', ['A']],
  ['header A To:addr:first =~ /^ben@example.net$/', []],
  ['header A From:addr:domain =~ /^example\\.org$/', ['A']],
  ['header A X-None =~ /x/', []],
  ['header A X-None !~ /x/', ['A']],
  ['header A X-None =~ /^none$/ [if-unset: none]', ['A']],
  ['header A X-Empty =~ /^none$/ [if-unset: none]', []],
  ['header A exists:X-Empty', ['A']],
  ['header A exists:X-None', []],
  ['header A ALL =~ /^Message-ID: <1@/m', ['A']],
  ['header A ToCc =~ /carl/', ['A']],
  ['header A MESSAGEID =~ /^<1@/', ['A']],
  ['header A EnvelopeFrom =~ /^bounce@example.org$/', ['A']],
  ['mimeheader A Content-Type =~ /name=a\\.pdf/', ['A']],
  ['mimeheader A Content-Type =~ /name=b\\.pdf/', []],
  ['mimeheader A Content-Type !~ /pdf/', []],
  ['mimeheader A Content-Type !~ /zip/', ['A']],
  ['mimeheader A X-Nowhere !~ /zip/', ['A']],
  ['mimeheader A Content-ID =~ /^none$/ [if-unset: none]', ['A']],
  ['mimeheader A ALL =~ /^Content-Transfer-Encoding: quoted/m', ['A']],
  ['mimeheader A Content-Type =~ /mixed/\ntflags A range=1', ['A']],
  ['mimeheader A Content-Type =~ /mixed/\ntflags A range=2-', []],
  ['mimeheader A Content-Type =~ /pdf/\ntflags A range=2-3', ['A']],
  ['mimeheader A Content-Type =~ /pdf/\ntflags A range=-2', []],
  ['mimeheader A Content-Type =~ /plain.*pdf/s\ntflags A concat', ['A']],
  ['mimeheader A Content-Type =~ /plain.*pdf/s', []],
  ['mimeheader __B Content-Type =~ /^\\w/\ntflags __B multiple\nmeta A __B == 3', ['A']],
  ['uri_detail A type =~ /^parsed$/ domain =~ /^example\\.com$/', ['A']],
  ['uri_detail A type =~ /^parsed$/ domain =~ /^example\\.org$/', []],
  ['uri_detail A host =~ /^www/ type !~ /^unlinked$/', ['A']],
  ['body __A /money/i\nmeta B __A', ['B']],
  ['body A /money/\nscore A 0\nmeta B !A', ['B']],
  ['meta A NOBODY || 1', ['A']],
  ['body A /money/i\ntflags A net', []],
  ['header A eval:unheard()\nbody B /money/i', ['B']],
])('%s: %j', async (rules, expected) => {
  expect(Object.keys(await hits(rules, MESSAGE))).toEqual(expected);
});

test.each([
  ['', 'http://a.corp/x', []],
  ['util_rb_tld corp', 'http://a.corp/x', ['U', 'TLD']],
  ['util_rb_tld corp\nclear_util_rb', 'http://a.corp/x', []],
  ['', 'http://a.b.example.com/x', ['U', 'COM']],
  ['util_rb_2tld example.com other.com', 'http://a.b.example.com/x', ['U', 'TWO']],
  ['util_rb_3tld b.example.com', 'http://a.b.example.com/x', ['U', 'THREE']],
  ['util_rb_2tld example.com', 'http://example.com/x', ['U', 'COM']],
])('suffixes of the site: %j, %s', async (settings, uri, expected) => {
  const rules = [
    'uri U /^http/',
    'uri_detail TLD domain =~ /^a\\.corp$/',
    'uri_detail COM domain =~ /^example\\.com$/',
    'uri_detail TWO domain =~ /^b\\.example\\.com$/',
    'uri_detail THREE domain =~ /^a\\.b\\.example\\.com$/',
    settings,
  ].join('\n');
  expect(Object.keys(await hits(rules, `Subject: s\n\nsee ${uri} there\n`))).toEqual(expected);
});

describe('counts', () => {
  const text = 'From: a@example.org\n\nspam spam spam\n\nspam\n';
  test.each([
    ['body A /spam/\ntflags A multiple', 4],
    ['body A /spam/\ntflags A multiple maxhits=3', 3],
    ['body A /spam/', 1],
    ['rawbody A /spam/\ntflags A multiple', 4],
    ['body A /(?=s)/\ntflags A multiple', 4],
    ['body __B /spam/\ntflags __B multiple\nmeta A __B >= 4', 1],
    ['body __B /spam/\ntflags __B multiple\nmeta A __B * 2 + 1', 9],
    ['body __B /spam/\nmeta __C __B + 1\nmeta A 3 * (__C - __B)', 3],
    ['body __B /spam/\nmeta A __B ? 2 : 5', 2],
    ['meta A 1 / 0 + 1', 1],
    ['body __B /spam/\ntflags __B multiple\nmeta A __N1 || __B || __N2 || __B', 4],
    ['body __B /spam/\nmeta A 2 + __N1 + __B + __N2 + __B', 4],
    ['body __B /spam/\nmeta A (__N1 || __N2 || __N3 || !__B) + 1', 1],
    ['body __B1 /spam/\nbody __B2 /spam/\nbody __B3 /no/\nmeta A rules_matching(__B?)', 2],
  ])('%s: %i', async (rules, value) => expect(await hits(rules, text)).toEqual({ A: value }));
});

test('metas that use themselves are left out, those over missing rules are noted', () => {
  const { faults } = engineOf('meta A B\nmeta B A\nmeta C D');
  expect(faults.map(({ rule, level }) => `${rule} ${level}`).toSorted()).toEqual([
    'A error',
    'B error',
    'C note',
  ]);
});

test('the score set decides what runs', async () => {
  const rules = 'body A /x/\nscore A 0 1 0 2\nbody B /x/\ntflags B net';
  const run = async (scoreSet: number) =>
    Object.keys(await hits(rules, 'From: a@example.org\n\nx\n', { scoreSet }));
  expect(await run(0)).toEqual([]);
  expect(await run(1)).toEqual(['A', 'B']);
  expect(await run(2)).toEqual([]);
  expect(await run(3)).toEqual(['A', 'B']);
});

test('eval functions get their arguments and settings, in order of priority, and may answer later', async () => {
  const order: string[] = [];
  const evals = new Map<string, EvalFunction>([
    ['now', (_, args) => order.push(`now ${args.join()}`) > 0],
    [
      'later',
      async ({ settings }, _, rule) => {
        order.push(`later ${rule.name}`);
        await Promise.resolve();
        return settings.all('freemail_domains').length;
      },
    ],
    [
      'broken',
      () => {
        throw new Error('broken');
      },
    ],
  ]);
  const rules = `header A eval:now('x', 1)\nbody B eval:later()\npriority B -1\nheader C eval:broken()\nmeta D B == 2\nfreemail_domains a.example\nfreemail_domains b.example`;
  const failed: number[] = [];
  const engine = engineOf(rules, { evals });
  const { hits: found } = await engine.run(contextOf('From: a@example.org\n\nx\n'), {
    before: () => undefined,
    after: () => undefined,
    failed: (rule) => void failed.push(rule),
  });
  expect(order).toEqual(['later B', 'now x,1']);
  expect(found.map(({ rule, value }) => [engine.program.rules[rule]?.name, value])).toEqual([
    ['A', 1],
    ['B', 2],
    ['D', 1],
  ]);
  expect(failed.map((rule) => engine.program.rules[rule]?.name)).toEqual(['C']);
});

test('the rule that runs is told before it does', async () => {
  const seen: string[] = [];
  const engine = engineOf('body A /x/\nbody B /y+/');
  await engine.run(contextOf('From: a@example.org\n\nx\n'), {
    before: (rule) => void seen.push(engine.program.rules[rule]?.name ?? ''),
    after: () => void seen.push('-'),
    failed: () => undefined,
  });
  expect(seen.filter((one) => one !== '-')).toContain('A');
  expect(seen.length % 2).toBe(0);
});

test('a redirector is followed by its pattern', async () => {
  const rules = `redirector_pattern m'^https?://go\\.example\\.com/\\?to=(.*)$'i\nuri A m{^http://bad\\.example\\.net/$}`;
  expect(
    Object.keys(
      await hits(rules, 'From: a@example.org\n\nhttp://go.example.com/?to=http://bad.example.net/\n'),
    ),
  ).toEqual(['A']);
});

test('with and without the search for literals the same rules hit', async () => {
  const words = ['money', 'spam', 'fast', 'viagra', 'offer', 'caf', 'example'];
  const rules = words
    .map((word, index) => `body R${index} /${word}/i\nbody S${index} /(?:${word}|\\d{9})/i`)
    .join('\n');
  const found = Object.keys(await hits(rules, MESSAGE));
  for (let index = 0; index < words.length; index++)
    expect(found.includes(`R${index}`)).toBe(found.includes(`S${index}`));
  expect(found.length).toBe(10);
});
