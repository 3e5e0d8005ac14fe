import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import { describeAction } from '../result.ts';
import type { Answer, Question, RunOptions, RunOutcome } from '../types.ts';

const input = runInput(
  mail('From: Friend <friend@example.org>', 'X-Loop: x', 'To: a@x, b@x', 'Subject: blue moon', '', ''),
);

const lists: Readonly<Record<string, readonly string[]>> = {
  'tag:example.com,2009-05-28:friends': ['friend@example.org', 'other@example.org'],
  'urn:ietf:params:sieve:addrbook:default': ['sender@example.org', 'b@x'],
  colours: ['blue moon', 'red'],
  empty: [],
  odd: ['no address', 'Some One <one@x>', 'ONE@X', 'one@X'],
  large: Array.from({ length: 40 }, (_, index) => `${index}@x`),
};

const asked: Question[] = [];
const answer = (question: Question): Answer => {
  asked.push(question);
  switch (question.ask) {
    case 'list-contains':
      return lists[question.list]?.includes(question.value);
    case 'list-known':
      return question.list in lists;
    case 'list-members':
      return lists[question.list];
    default:
      return undefined;
  }
};

const requires = 'require ["extlists", "envelope", "variables", "fileinto"];';
const run = (source: string, options?: RunOptions): RunOutcome =>
  runNow(compiled(`${requires}\n${source}`), input, options, answer);
const actions = (source: string, options?: RunOptions): string[] => {
  const { actions: all, error } = run(source, options);
  return error === undefined ? all.map(describeAction) : [`${error.line}: ${error.text}`];
};
const holds = (condition: string): string | undefined => actions(`if ${condition} { discard; }`)[0];

describe(':list (RFC 6134 §2.2)', () => {
  const cases: Readonly<Record<string, boolean>> = {
    'header :list "subject" "colours"': true,
    'header :list "subject" ["empty", "colours"]': true,
    'header :list "subject" "empty"': false,
    'header :list "x-none" "colours"': false,
    'address :list "from" "tag:example.com,2009-05-28:friends"': true,
    'address :list "to" ":addrbook:default"': true,
    'address :list :localpart "to" ":addrbook:default"': false,
    'envelope :list "from" ":addrbook:default"': true,
    'not string :list "x" "colours"': true,
    'string :list ["x", "red"] "colours"': true,
  };
  for (const [condition, expected] of Object.entries(cases))
    test(condition, () => expect(holds(condition)).toBe(expected ? 'discard' : 'implicit keep'));

  test('the value that was found (RFC 6134 §2.2)', () => {
    expect(actions('if address :list "to" ":addrbook:default" { fileinto "${0}${1}"; }')).toEqual([
      'fileinto "b@x"',
    ]);
  });

  test('a list that is not known is an error', () => {
    expect(actions('\nif header :list "subject" "none" {}')).toEqual([
      '3: external list "none" is not known here',
    ]);
    expect(actions('redirect :list "none";')).toEqual(['2: external list "none" is not known here']);
  });

  test('lookups are work', () => {
    const names = JSON.stringify(Array.from({ length: 4100 }, () => 'empty'));
    expect(actions(`if header :list "subject" ${names} {}`)).toEqual(['2: script takes too much work']);
  });

  test('no second match type', () => {
    expect(faults('require "extlists"; if header :list :is "a" "b" {}')).toEqual([
      '1:37 error: header: :is cannot be used together with :list',
    ]);
    expect(faults('if header :list "a" "b" {}')).toEqual([
      '1:11 error: header: tag :list needs require "extlists"',
    ]);
  });
});

describe('valid_ext_list (RFC 6134 §2.7)', () => {
  test('all must be known', () => {
    expect(holds('valid_ext_list "colours"')).toBe('discard');
    expect(holds('valid_ext_list ["colours", ":addrbook:default"]')).toBe('discard');
    expect(holds('valid_ext_list ["colours", "none"]')).toBe('implicit keep');
    expect(holds('allof (valid_ext_list "none", header :list "subject" "none")')).toBe('implicit keep');
  });
  test('traced', () => {
    const { trace } = run('if valid_ext_list "none" {} if valid_ext_list "empty" {}', { trace: true });
    expect(trace.map(({ text }) => text)).toEqual([
      'valid_ext_list: "none" is not known: false',
      'valid_ext_list: true',
      'implicit keep',
    ]);
  });
});

describe('redirect :list (RFC 6134 §2.3)', () => {
  test('to each member once, whatever the limit of redirects', () => {
    expect(actions('redirect :list "odd";')).toEqual(['redirect "one@x"', 'redirect "ONE@X"']);
    expect(run('redirect :list ":addrbook:default";').actions[0]).toEqual({
      type: 'redirect',
      line: 2,
      address: 'sender@example.org',
      list: 'urn:ietf:params:sieve:addrbook:default',
    });
    expect(actions('redirect :list "odd"; redirect "x@y";', { limits: { redirects: 1 } })).toHaveLength(3);
    expect(actions('redirect :list "large";')).toEqual(['2: too many actions (at most 32)']);
  });
  test('to nobody: the message is kept', () => {
    expect(actions('redirect :list "empty";')).toEqual(['implicit keep']);
  });
  test('errors', () => {
    expect(faults('redirect :list "a";')).toEqual([
      '1:10 error: redirect: tag :list needs require "extlists"',
    ]);
    expect(faults('require "extlists"; redirect :list ["a"];')[0]).toContain('must be a string');
  });
});
