import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import type { Question, RunOptions, RunOutcome } from '../types.ts';

const input = runInput(
  mail('Message-ID:  <one@x> ', 'X-Event-ID: 42', 'X-Event-ID: 43', 'Subject: 42', '', ''),
);

/** A host that remembers what runs ask it to. */
class Host {
  readonly asked: Question[] = [];
  readonly #known = new Set<string>();

  run(source: string, on = input, options?: RunOptions, requires = '["duplicate", "variables"]'): RunOutcome {
    const outcome = runNow(compiled(`require ${requires};\n${source}`), on, options, (question) => {
      this.asked.push(question);
      return question.ask === 'duplicate-seen' ? this.#known.has(question.key) : undefined;
    });
    for (const { kind, key } of outcome.remember) if (kind === 'duplicate') this.#known.add(key);
    return outcome;
  }

  /** Whether the test holds on a first and on a second message. */
  twice(condition: string, second = condition): boolean[] {
    return [condition, second].map((one) => this.holds(one));
  }

  holds(condition: string, on = input): boolean {
    return this.run(`if ${condition} { discard; }`, on).actions[0]?.type === 'discard';
  }
}

describe('duplicate (RFC 7352 §3)', () => {
  test('the second message with the same id', () => {
    expect(new Host().twice('duplicate')).toEqual([false, true]);
  });

  test('within one run all tests say the same', () => {
    const host = new Host();
    const source = 'if duplicate { fileinto "a"; } if duplicate { fileinto "b"; }';
    const requires = '["duplicate", "fileinto"]';
    const kinds = (): string[] => host.run(source, input, {}, requires).actions.map(({ type }) => type);
    expect([kinds(), kinds()]).toEqual([['keep'], ['fileinto', 'fileinto']]);
    expect(host.run(source, input, {}, requires).remember).toEqual([]);
  });

  test('ids of one handle, wherever they come from (RFC 7352 §3.2)', () => {
    const same = ['duplicate', 'duplicate :header "message-id"', 'duplicate :uniqueid "<one@x>"'];
    for (const one of same)
      for (const other of same) expect(new Host().twice(one, other)).toEqual([false, true]);
    expect(new Host().twice('duplicate :header "x-event-id"', 'duplicate :header "subject"')).toEqual([
      false,
      true,
    ]);
    expect(new Host().twice('duplicate', 'duplicate :handle "h"')).toEqual([false, false]);
    expect(new Host().twice('duplicate :handle "h"')).toEqual([false, true]);
    expect(new Host().twice('duplicate', 'duplicate :handle ""')).toEqual([false, true]);
  });

  test('the first of several fields counts', () => {
    expect(new Host().twice('duplicate :uniqueid "43"', 'duplicate :header "X-Event-ID"')).toEqual([
      false,
      false,
    ]);
    expect(new Host().twice('duplicate :uniqueid "42"', 'duplicate :header "X-Event-ID"')).toEqual([
      false,
      true,
    ]);
  });

  test('without an id it is false, and nothing is remembered', () => {
    const host = new Host();
    for (const condition of ['duplicate :header "x-none"', 'duplicate :uniqueid "${none}"'])
      expect(host.twice(condition)).toEqual([false, false]);
    expect(host.asked).toEqual([]);
  });

  test('what is remembered: the id as a hash, from the first message or the last (RFC 7352 §3.3)', () => {
    const host = new Host();
    const remember = (source: string, options?: RunOptions): unknown =>
      host.run(source, input, options).remember.map(({ kind, seconds }) => [kind, seconds]);
    expect(remember('if duplicate {}')).toEqual([['duplicate', 604_800]]);
    expect(remember('if duplicate {}')).toEqual([]);
    expect(remember('if duplicate :last {}')).toEqual([['duplicate', 604_800]]);
    expect(remember('if duplicate :handle "a" :seconds 60 {}')).toEqual([['duplicate', 60]]);
    expect(remember('if duplicate :handle "b" :seconds 1000M {}')).toEqual([['duplicate', 90 * 86_400]]);
    expect(remember('if duplicate :handle "c" :seconds 0 {}')).toEqual([]);
    expect(
      remember('if duplicate :handle "d" {}', { settings: { duplicate: { defaultPeriod: 5 } } }),
    ).toEqual([['duplicate', 5]]);
    expect(
      remember('if anyof (duplicate :handle "e" :seconds 5, duplicate :handle "e" :seconds 9) {}'),
    ).toEqual([['duplicate', 9]]);
    expect(host.asked[0]).toMatchObject({
      seconds: 604_800,
      key: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  test('nothing when the script fails afterwards', () => {
    const host = new Host();
    expect(host.run('if duplicate {} redirect "${none}";').remember).toEqual([]);
    expect(host.holds('duplicate')).toBe(false);
  });

  test('the examples of RFC 7352 §5', () => {
    const host = new Host();
    const examples = [
      'if duplicate :last :seconds 1800 { discard; }',
      `if header :matches "message-id" "*" { set "a" "\${1}"; }
       if duplicate :uniqueid "\${a}" :handle "notifier" :seconds 600 { discard; }`,
      'if allof (header :is "subject" "42", duplicate :seconds 900 :header "X-Event-ID") { discard; }',
    ];
    for (const source of examples) {
      expect(host.run(source).error).toBeUndefined();
      expect(host.run(source).actions).toMatchObject([{ type: 'discard' }]);
    }
  });

  test('traced', () => {
    const { trace } = new Host().run('if duplicate :header "x-none" {} if duplicate {}', input, {
      trace: true,
    });
    expect(trace.map(({ text }) => text)).toEqual([
      'duplicate: no x-none: false',
      'duplicate: "<one@x>" in 604800 seconds: false',
      'implicit keep',
    ]);
  });

  test('errors', () => {
    const errors = (source: string): string[] => faults(`require "duplicate";\nif ${source} {}`);
    expect(errors('duplicate :header "a" :uniqueid "b"')).toEqual([
      '2:26 error: duplicate: :uniqueid cannot be used together with :header',
    ]);
    expect(errors('duplicate :header "a b"')).toEqual([
      '2:22 warning: duplicate: "a b" is not the name of a header field',
    ]);
    expect(errors('duplicate :seconds "1"')).toEqual([
      '2:23 error: duplicate: tag :seconds must be a number, not a string',
    ]);
    expect(errors('duplicate "x"')).toEqual(['2:14 error: duplicate: takes no arguments']);
    expect(errors('duplicate :value "x"')).toEqual([
      '2:14 error: duplicate: tag :value needs require "vnd.dovecot.duplicate"',
    ]);
    expect(faults('if duplicate {}')).toEqual(['1:4 error: test duplicate needs require "duplicate"']);
  });
});

test('vnd.dovecot.duplicate', () => {
  const host = new Host();
  const requires = '"vnd.dovecot.duplicate"';
  const kind = (source: string): string | undefined => host.run(source, input, {}, requires).actions[0]?.type;
  for (const source of ['if duplicate :value "v" { discard; }', 'if duplicate { discard; }'])
    expect([kind(source), kind(source)]).toEqual(['keep', 'discard']);
  expect(faults(`require ${requires}; if duplicate :value "a" :header "b" {}`)).toEqual([
    '1:58 error: duplicate: :header cannot be used together with :value',
  ]);
  expect(faults('require "duplicate";\nrequire "vnd.dovecot.duplicate";\nif duplicate {}')).toEqual([
    '2:9 error: capability "vnd.dovecot.duplicate" cannot be used together with "duplicate"',
  ]);
  expect(faults('require ["vnd.dovecot.duplicate", "duplicate"]; if duplicate {}')).toEqual([
    '1:35 error: capability "duplicate" cannot be used together with "vnd.dovecot.duplicate"',
  ]);
});
