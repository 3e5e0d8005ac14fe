import { describe, expect, test } from 'vitest';
import { cpuTime } from '../../../test/support/cpu.ts';
import { actions, compiled, faults, holds, mail, runInput, runNow } from '../../../test/support/sieve.ts';

const input = runInput(
  mail(
    'From: "Coyote" <stephan@example.org>',
    'To: test@friep.example.com',
    'Subject: [Sieve] Größe of the Test mail',
    'X-Numbers: 12, 345',
    'X-None:',
    '',
    '',
  ),
);
const requires = [
  'regex',
  'variables',
  'fileinto',
  'comparator-i;ascii-numeric',
  'comparator-i;unicode-casemap',
];
const is = (source: string): boolean => holds(source, input, requires);
const does = (source: string): string[] => actions(`require ${JSON.stringify(requires)}; ${source}`, input);
const check = (source: string): string[] =>
  faults(`require ${JSON.stringify(requires)};\n${source}`).filter((fault) => !fault.includes('not used'));

test.each([
  [
    'address :regex :comparator "i;ascii-casemap" "from" ["stephan(\\\\+.*)?@.*\\\\.example\\\\.net", "^s[a-z]*@"]',
    true,
  ],
  ['header :regex "subject" "\\\\[sieve\\\\]"', true],
  ['header :regex :comparator "i;octet" "subject" "\\\\[sieve\\\\]"', false],
  ['header :regex :comparator "i;octet" "subject" "^\\\\[S[a-z]+\\\\] "', true],
  ['header :regex "subject" "größe"', true],
  ['header :regex "subject" "GRÖSSE"', false],
  ['header :regex "subject" "GRÖßE"', false],
  ['header :regex :comparator "i;unicode-casemap" "subject" "GRÖßE"', true],
  ['header :regex :comparator "i;unicode-casemap" "subject" "GRO\u0308ßE"', true],
  ['header :regex "x-none" "^$"', true],
  ['header :regex "x-missing" ".*"', false],
  ['header :regex "x-numbers" "^([0-9]{2,3}(, )?){2}$"', true],
  ['string :regex "${nothing}" "^$"', true],
])('%s', (source, outcome) => {
  expect(is(source)).toBe(outcome);
});

describe('match variables', () => {
  test('are the groups, and ${0} is what matched', () => {
    expect(
      does(
        'if header :regex "subject" "\\\\[([a-z]+)\\\\] (Gr..e) of (x)?(.*)" { fileinto "${0}|${1}|${2}|${3}|${4}|${5}"; }',
      ),
    ).toEqual(['fileinto "[Sieve] Größe of the Test mail|Sieve|Größe||the Test mail|"']);
    expect(does('if header :regex "x-numbers" "[0-9]+$" { fileinto "${0}"; }')).toEqual(['fileinto "345"']);
    expect(
      does('if header :regex :comparator "i;unicode-casemap" "subject" "(GRÖ.E)" { fileinto "${1}"; }'),
    ).toEqual(['fileinto "Größe"']);
  });

  test('stay as they are when nothing matches', () => {
    expect(
      does('if header :matches "subject" "* *" {} if header :regex "subject" "(z)" {} fileinto "${1}";'),
    ).toEqual(['fileinto "[Sieve]"']);
  });

  test('no more than there may be', () => {
    const groups = '(.)'.repeat(34);
    expect(does(`if string :regex "${'ab'.repeat(20)}" "${groups}" { fileinto "\${32}"; }`)).toEqual([
      'fileinto "b"',
    ]);
  });
});

describe(':quoteregex', () => {
  test('what is quoted matches itself', () => {
    const signs = '.*[]^$+?(){}|\\\\';
    expect(
      does(`set :quoteregex "q" "${signs}"; if string :regex "x${signs}y" "^x\${q}y$" { fileinto "\${q}"; }`),
    ).toEqual([`fileinto ${JSON.stringify('\\.\\*\\[\\]\\^\\$\\+\\?\\(\\)\\{\\}\\|\\\\')}`]);
  });

  test('faults', () => {
    expect(check('set :quoteregex :quotewildcard "a" "b";')).toEqual([
      '2:17 error: set: :quotewildcard cannot be used together with :quoteregex',
    ]);
    expect(faults('require "variables"; set :quoteregex "a" "b";')).toEqual([
      '1:26 error: set: tag :quoteregex needs require "regex"',
    ]);
  });
});

describe('faults', () => {
  test('of constant expressions', () => {
    expect(check('if header :regex "a" ["b", "("] { keep; }')).toEqual([
      '2:28 error: header: :regex "(": ( is not closed with )',
    ]);
    expect(check('if header :regex "a" "(a)\\\\1" { keep; }')).toEqual([
      '2:22 error: header: :regex "(a)\\\\1": back-reference \\1 cannot be matched in linear time',
    ]);
    expect(check('if header :regex "a" "((a{100}){20})" { keep; }')[0]).toContain('too large for the engine');
  });

  test('of comparators, and without require', () => {
    expect(check('if header :regex :comparator "i;ascii-numeric" "a" "b" { keep; }')).toEqual([
      '2:4 error: header: comparator "i;ascii-numeric" cannot be used with :regex',
    ]);
    expect(faults('if header :regex "a" "b" {}')).toEqual([
      '1:11 error: header: tag :regex needs require "regex"',
    ]);
  });

  test('of expressions made in a run', () => {
    expect(does('set "a" "("; if header :regex "subject" "x${a}" { keep; }')).toEqual([
      'implicit keep',
      'error in line 1: :regex "x(": ( is not closed with )',
    ]);
  });
});

test('expressions made in a run are used again, and are bounded in number', () => {
  const many = Array.from({ length: 70 }, (_, at) => `"\${x}${at}$"`).join();
  expect(
    does(
      `set "x" "^"; if header :regex "subject" [${many}] {} elsif header :regex "subject" ["\${x}none", "\${x}\\\\["] { discard; }`,
    ),
  ).toEqual(['discard']);
});

test('no expression takes more than linear time, and very large ones end the run', () => {
  const long = runInput(mail(`Subject: ${'a'.repeat(60_000)}!`, '', ''));
  const run = (pattern: string): ReturnType<typeof runNow> =>
    runNow(compiled(`require "regex"; if header :regex "subject" "${pattern}" { discard; }`), long);
  const used = cpuTime(() => {
    for (const evil of ['^(a*)*$', '^(a|aa)+$', '^(a|a?)+$', '(.*a){20}x'])
      expect(run(evil).actions).toMatchObject([{ type: 'keep' }]);
  });
  expect(used).toBeLessThan(2000);
  expect(run(`(${'[ab]'.repeat(200)}){19}`).error?.text).toBeUndefined();
  const steps = { limits: { steps: 10_000 } };
  const { error } = runNow(
    compiled(`require "regex"; if header :regex "subject" "a{200}b" { }`),
    long,
    steps,
  );
  expect(error?.text).toBe('script takes too much work');
});
