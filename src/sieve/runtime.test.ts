import { describe, expect, test } from 'vitest';
import { sampleRegistry as registry, sampleScript as script } from '../../test/support/sieve-sample.ts';
import { mail, runInput, runNow } from '../../test/support/sieve.ts';
import { compileWith } from './compiler.ts';
import { core } from './core.ts';
import { fileinto } from './extensions/fileinto.ts';
import { compile, run, runToEnd } from './index.ts';
import { Registry } from './registry.ts';
import type { Question } from './types.ts';

const input = runInput(mail('From: a@example.org', 'Subject: one', 'Subject: two', '', ''));

const yes = (): boolean => true;
const mailboxOf = (question: Question): string | undefined =>
  question.ask === 'mailbox-exists' ? question.mailbox : undefined;
const types = (source: string, answer: (question: Question) => boolean = yes): string[] =>
  runNow(script(source), input, {}, answer).actions.map((action) =>
    action.type === 'fileinto'
      ? action.mailbox
      : action.type === 'keep' && action.implicit
        ? 'implicit'
        : action.type,
  );

describe('what an extension can add', () => {
  test('tags that change actions', () => {
    expect(types('fileinto :twin "a";')).toEqual(['a', 'implicit']);
    expect(types('fileinto :twin "a"; fileinto "a";')).toEqual(['a']);
    expect(types('fileinto :twin "inbox";')).toEqual(['inbox']);
    expect(compile('require "fileinto"; fileinto :twin "a";').diagnostics[0]?.text).toBe(
      'fileinto: unknown tag :twin',
    );
    expect(compileWith(registry, 'require "fileinto"; fileinto :twin "a";').diagnostics[0]?.text).toBe(
      'fileinto: tag :twin needs require "vnd.example.sample"',
    );
  });

  test('the implicit keep is done beside as many actions as there may be', () => {
    const copies = Array.from({ length: 32 }, (_, index) => `fileinto :twin "m${index}";`).join('');
    expect(types(copies)).toHaveLength(33);
    const { trace, error } = runNow(script(copies), input, { trace: true });
    expect(error).toBeUndefined();
    expect(trace.at(-1)).toEqual({ line: 0, text: 'implicit keep' });
  });

  test('tags that change which fields are read', () => {
    expect(types('if header :nth 2 "subject" "two" { discard; }')).toEqual(['discard']);
    expect(types('if header :nth 1 "subject" "two" { discard; }')).toEqual(['implicit']);
    const { diagnostics } = compileWith(
      registry,
      'require "vnd.example.sample"; if header :nth 0 "a" "b" {}',
    );
    expect(diagnostics.map(({ text }) => text)).toContain('header: :nth counts from 1');
  });

  test('questions in tests and commands', () => {
    expect(types('if allthere ["a", "b"] { discard; }')).toEqual(['discard']);
    expect(types('if allthere ["a", "b"] { discard; }', (question) => mailboxOf(question) === 'a')).toEqual([
      'implicit',
    ]);
    expect(types('ensure "x"; discard;')).toEqual(['discard']);
    expect(types('if asked "true" { discard; }')).toEqual(['discard']);
    const failed = runNow(script('discard;\nensure "x";'), input, {}, () => false);
    expect(failed).toMatchObject({ error: { line: 3, text: 'no mailbox' }, actions: [{ type: 'keep' }] });
  });

  test('optional parameters', () => {
    expect(runNow(script('ensure "folder" "x";'), input, {}, () => false).error?.text).toBe('no folder');
    const { diagnostics } = compileWith(registry, 'require "vnd.example.sample"; ensure;');
    expect(diagnostics[0]?.text).toBe('ensure: argument 1 (mailbox) is missing: a string');
  });

  test('match types that ask, with an argument', () => {
    const listed = (question: Question): boolean => mailboxOf(question) === 'book/friends/two';
    expect(types('if header :listed "book" "subject" ["foes", "friends"] { discard; }', listed)).toEqual([
      'discard',
    ]);
    expect(types('if header :listed "other" "subject" "friends" { discard; }', listed)).toEqual(['implicit']);
  });

  test('address parts and parts of the envelope', () => {
    expect(types('if address :initial "from" "a" { discard; }')).toEqual(['discard']);
    expect(types('if envelope "length" "18" { discard; }')).toEqual(['discard']);
  });

  test('strings made in each run, from what wildcards stood for', () => {
    expect(types('if header :matches "subject" "?w*" { fileinto "${1}-${2}-${0}"; }')).toEqual(['t-o-two']);
    expect(types('if header :matches "subject" "x*" {} fileinto "a${1}";')).toEqual(['a']);
    expect(runNow(script('redirect "${1}";'), input).error?.text).toBe('redirect: "" is not an address');
    expect(runNow(script('fileinto "${1}";'), input).error?.text).toBe(
      'fileinto: name of the mailbox is empty',
    );
  });

  test('namespaces of variables, and changes of values', () => {
    const before = 'require ["variables", "vnd.example.sample"];';
    const source = `${before} set "sample.rounds" "abc"; set :twice "x" "\${sample.rounds}-\${sample.fixed.one}"; fileinto "\${x}";`;
    const { script: one } = compileWith(registry, source);
    if (one === undefined) throw new Error('does not compile');
    expect(runNow(one, input).actions).toMatchObject([{ mailbox: '3-one3-one' }]);
    const texts = (wrong: string): string[] =>
      compileWith(registry, `${before} ${wrong}`).diagnostics.map(({ text }) => text);
    expect(texts('set "sample.fixed.one" "a";')).toEqual(['set: variable "sample.fixed.one" cannot be set']);
    expect(texts('fileinto "${sample.none}";')).toEqual(['there is no variable ${sample.none}']);
    expect(texts('leave; set :twice "${1}" "a";')).toContain('set: name must be constant, without variables');
  });

  test('loops, which end', () => {
    const { trace, actions } = runNow(script('repeat 3 { if header "subject" "one" { keep; } }'), input, {
      trace: true,
    });
    expect(trace.filter(({ text }) => text.startsWith('header'))).toHaveLength(3);
    expect(actions).toHaveLength(1);
    expect(runNow(script('repeat 1G { }'), input).error).toMatchObject({
      line: 2,
      text: 'script takes too much work',
    });
    expect(types('repeat 3 { fileinto "a"; stop; } fileinto "b";')).toEqual(['a']);
  });

  test('loops that are left', () => {
    expect(types('repeat 3 { if true { fileinto "a"; leave; } fileinto "b"; } fileinto "c";')).toEqual([
      'a',
      'c',
    ]);
    const { diagnostics } = compileWith(registry, 'require "vnd.example.sample"; leave;');
    expect(diagnostics[0]?.text).toBe('leave: stands in no loop');
  });

  test('decoration of every action, the implicit keep too', () => {
    const flags = (source: string): unknown[] =>
      runNow(script(source), input).actions.map((action) => ('flags' in action ? action.flags : undefined));
    expect(flags('color "red";')).toEqual([['red']]);
    expect(flags('fileinto "a"; color "red"; fileinto "b"; color "blue"; keep; redirect "a@b";')).toEqual([
      undefined,
      ['red'],
      ['red', 'blue'],
      undefined,
    ]);
  });

  test('another message, which later tests see', () => {
    const test = 'if allof (header "subject" "other", envelope "to" "x@y") { discard; }';
    expect(types(`${test} keep;`)).toEqual(['keep']);
    expect(types(`if header "subject" "one" {} swap; ${test}`)).toEqual(['discard']);
  });

  test('a capability that comes with it counts as used with it', () => {
    const { diagnostics } = compileWith(registry, 'require "vnd.example.sample"; fileinto "x";');
    expect(diagnostics).toEqual([]);
  });

  test('nothing is registered twice', () => {
    expect(() => new Registry(core, [fileinto, fileinto])).toThrow('registered twice');
    expect(() => new Registry(core, [{ capability: 'x', commands: core.commands ?? [] }])).toThrow(
      'registered twice',
    );
  });
});

describe('running', () => {
  test('questions come out, answers go in', () => {
    const running = run(script('if allthere "a" { discard; }'), input);
    expect(running.next()).toEqual({ done: false, value: { ask: 'mailbox-exists', mailbox: 'a' } });
    expect(running.next(true)).toMatchObject({
      done: true,
      value: { actions: [{ type: 'discard', line: 2 }], trace: [] },
    });
  });

  test('runToEnd waits for answers', async () => {
    const asked: Question[] = [];
    const outcome = await runToEnd(script('if allthere ["a", "b"] { discard; }'), input, async (question) => {
      asked.push(question);
      return Promise.resolve(true);
    });
    expect(outcome.actions).toEqual([{ type: 'discard', line: 2 }]);
    expect(asked.map(mailboxOf)).toEqual(['a', 'b']);
  });

  test('a host that cannot answer loses no message', async () => {
    const outcome = await runToEnd(script('discard;\nif allthere "a" { }'), input, () => {
      throw new Error('disk is gone');
    });
    expect(outcome.actions).toEqual([{ type: 'keep', line: 0, implicit: true }]);
    expect(outcome.error).toMatchObject({
      severity: 'error',
      line: 3,
      text: 'cannot go on: Error: disk is gone',
    });
  });

  test('a script runs many times at once, always the same', () => {
    const one = script(
      'if header :matches "subject" "*" { fileinto "${1}"; } if allthere "x" { stop; } keep;',
    );
    const first = run(one, input);
    const second = run(one, input);
    first.next();
    second.next();
    expect(first.next(true)).toEqual(second.next(true));
    expect(runNow(one, input, {}, yes)).toEqual(runNow(one, input, {}, yes));
  });

  test('only compiled scripts', () => {
    expect(() => run({ name: 'x', requires: [] }, input).next()).toThrow(TypeError);
  });

  test('a mail with very many fields is read within the limits', () => {
    const many = runInput(Buffer.from('X: a\r\n'.repeat(90_000)));
    const { script: one } = compile('if header "x" "b" { stop; } if exists ["x", "y"] { stop; } discard;');
    const { script: greedy } = compile(`if header [${'"x", '.repeat(10_000)}"x"] "b" { discard; }`);
    if (one === undefined || greedy === undefined) throw new Error('does not compile');
    expect(runNow(one, many).actions).toEqual([{ type: 'discard', line: 1 }]);
    expect(runNow(greedy, many).error?.text).toBe('script takes too much work');
  });

  test('steps are limited', () => {
    const source = 'if header "subject" "x" { stop; }\n'.repeat(20);
    const { script: many } = compile(source);
    expect(many).toBeDefined();
    if (many === undefined) return;
    expect(runNow(many, input, { limits: { steps: 30 } }).error).toMatchObject({
      text: 'script takes too much work',
    });
    expect(runNow(many, input).error).toBeUndefined();
    // A limit that a caller leaves undefined is the default, not none.
    const endless = runNow(script('repeat 1G { }'), input, { limits: { steps: undefined } });
    expect(endless.error?.text).toBe('script takes too much work');
  });
});

describe('the trace', () => {
  test('tells each test with its values and outcome, and each action', () => {
    const source = `require ["fileinto", "envelope"];
if allof (header :contains "subject" ["TWO", "three"],
          not exists "x-foo",
          size :over 10,
          address :domain "from" "example.net") { discard; }
elsif envelope :localpart :comparator "i;octet" "from" "sender" {
  fileinto "a"; fileinto "a"; stop;
}`;
    const { script: traced } = compile(source);
    if (traced === undefined) throw new Error('does not compile');
    expect(runNow(traced, input, { trace: true }).trace.map(({ line, text }) => `${line} ${text}`)).toEqual([
      '2 header :contains: "one", "two" against "TWO", "three": true',
      '3 exists: no "x-foo": false',
      `4 size :over 10: ${input.message.raw.length}: true`,
      '5 address :domain :is: "example.org" against "example.net": false',
      '6 envelope :localpart :is i;octet: "sender" against "sender": true',
      '7 fileinto "a"',
      '7 fileinto "a": is done already',
      '7 stop',
    ]);
  });

  test('shows much in little', () => {
    const { script: traced } = compile(`if header "subject" [${'"k",'.repeat(99)}"${'x'.repeat(200)}"] {}`);
    if (traced === undefined) throw new Error('does not compile');
    const long = runInput(mail(`Subject: ${'y'.repeat(500)}`, '', ''));
    const [line] = runNow(traced, long, { trace: true }).trace;
    expect(line?.text).toContain('and 92 more');
    expect(line?.text.length).toBeLessThan(200);
  });

  test('ends with the failure, and has an end', () => {
    const failing = runNow(script('keep;\nensure "x";'), input, { trace: true }, () => false);
    expect(failing.trace.at(-1)).toEqual({ line: 3, text: 'error: no mailbox; implicit keep' });
    const { trace } = runNow(script('repeat 20000 { if size :over 1 {} }'), input, { trace: true });
    expect(trace).toHaveLength(10_001);
    expect(trace.at(-1)?.text).toBe('the rest of the trace is left out');
  });
});
