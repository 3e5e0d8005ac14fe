import { describe, expect, test } from 'vitest';
import { actions, compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import { compile, describeAction, formatDiagnostic } from '../index.ts';
import type { Answer, CompileOptions, Question, RunOptions } from '../types.ts';

const input = runInput(mail('From: a@example.org', 'Subject: Make money $$', '', ''));

/** Scripts by `personal name` or `global name`. */
type Scripts = Readonly<Record<string, string>>;
const answerWith =
  (scripts: Scripts) =>
  (question: Question): Answer => {
    if (question.ask !== 'include') return undefined;
    const source = scripts[`${question.location} ${question.name}`];
    return source === undefined ? undefined : compile(source, { name: question.name });
  };
const includeFrom = (scripts: Scripts): CompileOptions => ({
  include: (location, name) => scripts[`${location} ${name}`],
});

/** What a script does, whether those it includes are compiled with it or asked for in the run. */
function does(source: string, scripts: Scripts, options?: RunOptions): string[] {
  const lines = [{}, includeFrom(scripts)].map((compileOptions) => {
    const outcome = runNow(compiled(source, compileOptions), input, options, answerWith(scripts));
    const done = outcome.actions.map(describeAction);
    return outcome.error === undefined
      ? done
      : [...done, `line ${outcome.error.line}: ${outcome.error.text}`];
  });
  expect(lines[1]).toEqual(lines[0]);
  return lines[0] ?? [];
}

/** The failure of a script that asks for others while it runs. */
function failure(source: string, scripts: Scripts, options?: RunOptions): string {
  const { error, actions: done } = runNow(compiled(source), input, options, answerWith(scripts));
  expect(done).toEqual([{ type: 'keep', line: 0, implicit: true }]);
  return `line ${error?.line}: ${error?.text}`;
}

describe('RFC 6609 §3.2: include', () => {
  test('the example of the section', () => {
    const scripts = {
      'personal always_allow': 'if header "from" "boss@example.com" { keep; }',
      'global spam_tests':
        'require "reject"; if anyof (header :contains "Subject" "$$", header :contains "Subject" "Make money") { reject "No thank you."; }',
      'personal spam_tests': 'require "reject"; if header "from" "money@example.com" { reject "No."; }',
      'personal mailing_lists': 'require "fileinto"; if header "sender" "x" { fileinto "lists"; }',
    };
    const source = `require "include"; include :personal "always_allow"; include :global "spam_tests";
      include :personal "spam_tests"; include :personal "mailing_lists";`;
    expect(does(source, scripts)).toEqual(['reject "No thank you."']);
  });

  test(':personal is meant when nothing is said', () => {
    const scripts = { 'personal a': 'discard;', 'global a': 'keep;' };
    expect(does('require "include"; include "a";', scripts)).toEqual(['discard']);
    expect(does('require "include"; include :global "a";', scripts)).toEqual(['keep']);
  });

  test('wherever a command may stand', () => {
    const scripts = { 'personal a': 'discard;' };
    expect(
      does('require "include"; if header :contains "subject" "money" { include "a"; }', scripts),
    ).toEqual(['discard']);
    expect(does('require "include"; if header "subject" "money" { include "a"; }', scripts)).toEqual([
      'implicit keep',
    ]);
  });

  test(':once', () => {
    const scripts = {
      'personal a': 'require ["include", "fileinto"]; fileinto "a"; include :once "b";',
      'personal b': 'require ["include", "variables"]; global "n"; set "n" "${n}x"; include :once "b";',
    };
    const end = 'require ["include", "variables", "fileinto"]; global "n";';
    expect(
      does(`${end} include :once "a"; include :once "b"; include :once "a"; fileinto "\${n}";`, scripts),
    ).toEqual(['fileinto "a"', 'fileinto "x"']);
    expect(does(`${end} include "b"; include "b"; include :once "b"; fileinto "\${n}";`, scripts)).toEqual([
      'fileinto "xx"',
    ]);
    // The same name in another place is another script.
    const both = {
      'personal a': 'require "fileinto"; fileinto "p";',
      'global a': 'require "fileinto"; fileinto "g";',
    };
    expect(does('require "include"; include :once "a"; include :once :global "a";', both)).toHaveLength(2);
  });

  test(':optional', () => {
    expect(does('require "include"; include :optional "none"; discard;', {})).toEqual(['discard']);
    expect(failure('require "include"; discard;\ninclude "none";', {})).toBe(
      'line 2: include: there is no personal script "none"',
    );
  });

  test('each script has its own requires', () => {
    const scripts = { 'personal a': 'fileinto "a";' };
    expect(failure('require ["include", "fileinto"]; include "a"; fileinto "b";', scripts)).toBe(
      'line 1: personal script "a" has errors: line 1: command fileinto needs require "fileinto"',
    );
    const other = { 'personal a': 'require "fileinto"; fileinto "a";' };
    expect(faults('require "include"; include "a"; fileinto "b";', includeFrom(other))).toEqual([
      '1:33 error: command fileinto needs require "fileinto"',
    ]);
  });

  test('stop ends everything, and an implicit keep is cancelled for all', () => {
    const scripts = { 'personal a': 'keep; include "b";', 'personal b': 'stop;' };
    const a = { ...scripts, 'personal a': `require "include"; ${scripts['personal a']}` };
    expect(does('require "include"; include "a"; discard;', a)).toEqual(['keep']);
    expect(does('require "include"; include "b"; discard;', a)).toEqual(['implicit keep']);
  });

  test('names', () => {
    const check = (source: string): string[] =>
      faults(`require ["include", "variables"];\n${source}`).slice(-1);
    for (const name of ['', '../x', 'a\u0001b', 'a\u2028', 'x'.repeat(256)])
      expect(check(`include "${name}";`)[0]).toContain('is not the name of a script');
    expect(check('include "${a}";')).toEqual([
      '2:9 error: include: script must be constant, without variables',
    ]);
    expect(check('include :personal :global "a";')).toEqual([
      '2:19 error: include: :global cannot be used together with :personal',
    ]);
    expect(faults('include "a";')).toEqual(['1:1 error: command include needs require "include"']);
  });
});

describe('RFC 6609 §3.1: errors and limits', () => {
  const ring = {
    'personal a': 'require "include"; include "b";',
    'personal b': 'require "include";\ninclude "a";',
  };

  test('a script that includes itself', () => {
    expect(failure('require "include"; discard; include "a";', ring)).toBe(
      'line 1: in personal script "a", line 1: in personal script "b", line 2: include: personal script "a" includes itself',
    );
    expect(faults('require "include"; include "a";', includeFrom(ring))).toEqual([
      '2:9 error: include: personal script "a" includes itself',
      '1:28 error: include: personal script "b" has errors',
      '1:28 error: include: personal script "a" has errors',
    ]);
  });

  test('too deep, too many', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 12 }, (_, at) => [`personal s${at}`, `require "include"; include "s${at + 1}";`]),
    );
    expect(failure('require "include"; include "s0";', chain)).toMatch(
      /include each other too deep \(at most 10\)$/,
    );
    expect(faults('require "include"; include "s0";', includeFrom(chain))[0]).toContain(
      'too deep (at most 10)',
    );
    const scripts = { 'personal a': '', 'personal b': '' };
    const limits = { includes: 1 };
    const source = 'require "include"; include "a"; include "b";';
    expect(failure(source, scripts, { limits })).toBe(
      'line 1: include: too many included scripts (at most 1)',
    );
    expect(faults(source, { ...includeFrom(scripts), limits })).toEqual([
      '1:41 error: include: too many included scripts (at most 1)',
    ]);
  });

  test('scripts that double at each level end', () => {
    const scripts = Object.fromEntries(
      Array.from({ length: 9 }, (_, at) => [
        `personal s${at}`,
        `require "include"; ${`include "s${at + 1}";`.repeat(9)}`,
      ]),
    );
    const all = { ...scripts, 'personal s9': 'keep;' };
    const { script } = compile('require "include"; include "s0";', includeFrom(all));
    if (script === undefined) throw new Error('does not compile');
    expect(runNow(script, input).error?.text).toMatch(/too many included scripts \(at most 100\)$/);
  });

  test('errors of included scripts name them', () => {
    const scripts = { 'personal a': 'keep;\nfrob;', 'personal b': 'require "variables"; stop; keep;' };
    const source = 'require "include";\ninclude "a"; include "b";';
    const { diagnostics, script } = compile(source, includeFrom(scripts));
    expect(script).toBeUndefined();
    expect(diagnostics.map((one) => formatDiagnostic('main', one, source).split('\n')[0])).toEqual([
      'a: line 2: error: unknown command frob',
      'main: line 2: error: include: personal script "a" has errors',
      'b: line 1: warning: capability "variables" is required but not used',
      'b: line 1: warning: keep is never reached: the script has stopped before',
    ]);
  });

  test('errors of a script that is included twice are reported once', () => {
    const scripts = { 'personal a': 'frob;' };
    expect(faults('require "include"; include "a"; include "a";', includeFrom(scripts))).toEqual([
      '1:1 error: unknown command frob',
      '1:28 error: include: personal script "a" has errors',
    ]);
  });

  test('a run-time error in an included script', () => {
    const scripts = { 'personal a': 'require ["ihave"];\ndiscard; error "no";' };
    expect(failure('require "include";\n\ninclude "a";', scripts)).toBe(
      'line 3: in personal script "a", line 2: error: no',
    );
  });
});

describe('RFC 6609 §3.3: return', () => {
  test('ends the included script only', () => {
    const scripts = {
      'personal a': 'require ["include", "fileinto"]; fileinto "a"; if true { return; } fileinto "b";',
    };
    expect(does('require ["include", "fileinto"]; include "a"; fileinto "c";', scripts)).toEqual([
      'fileinto "a"',
      'fileinto "c"',
    ]);
  });

  test('in the main script it stops', () => {
    expect(actions('require "include"; if true { return; } discard;', input)).toEqual(['implicit keep']);
    expect(faults('require "include"; return; keep;')).toEqual([
      '1:28 warning: keep is never reached: the script has stopped before',
    ]);
  });
});

describe('RFC 6609 §3.4: variables', () => {
  const requires = 'require ["include", "variables", "fileinto"];';

  test('are the own ones of each script', () => {
    const scripts = {
      'personal a': `${requires} fileinto "a\${x}\${1}"; set "x" "2"; if header :matches "from" "*@*" {}`,
    };
    expect(
      does(
        `${requires} set "x" "1"; if header :matches "subject" "* *" { include "a"; } fileinto "b\${x}\${1}";`,
        scripts,
      ),
    ).toEqual(['fileinto "a"', 'fileinto "b1Make"']);
  });

  test('global ones are shared by those that declare them', () => {
    const scripts = {
      'personal spam_filter_script': `${requires} global ["test", "test_mailbox"];
        if header :contains "Subject" "\${test}" { set "test_mailbox" "spam-\${test}"; }`,
      'personal other': `${requires} set "test_mailbox" "own"; fileinto "\${test_mailbox}\${test}\${global.test}";`,
    };
    const source = `${requires} global "test"; global "test_mailbox";
      set "test" "$$"; include "spam_filter_script";
      set "test" "Make cakes"; include "spam_filter_script"; include "other";
      fileinto "\${test_mailbox}";`;
    expect(does(source, scripts)).toEqual(['fileinto "ownMake cakes"', 'fileinto "spam-$$"']);
  });

  test('the namespace global', () => {
    const scripts = { 'personal a': `${requires} set "global.x" "\${global.X}1";` };
    expect(
      does(
        `${requires} set "global.x" "0"; include "a"; fileinto "\${global.x}"; global "x"; fileinto "\${x}!";`,
        scripts,
      ),
    ).toEqual(['fileinto "01"', 'fileinto "01!"']);
  });

  test('faults', () => {
    const check = (source: string, before = requires): string[] =>
      faults(`${before}\n${source}`).filter((fault) => !fault.includes('not used'));
    expect(check('set "a" "b"; global "a";')).toEqual([
      '2:21 error: global: variable "a" has been set before',
    ]);
    for (const name of ['1', 'a.b', '', 'a-b'])
      expect(check(`global ["ok", "${name}", "${name}"];`)).toEqual([
        `2:15 error: global: "${name}" is not the name of a variable of its own`,
      ]);
    expect(check('global "a${b}";')).toEqual([
      '2:8 error: global: names must be constant, without variables',
    ]);
    expect(check('global "a";', 'require "include";')).toEqual([
      '2:1 error: global: needs require "variables"',
    ]);
    expect(check('global "a";', 'require "variables";')).toEqual([
      '2:1 error: command global needs require "include"',
    ]);
    expect(check('set "global.a.b" "c";')).toEqual(['2:5 error: there is no variable ${global.a.b}']);
    expect(check('keep; redirect "${global.a}";', 'require "variables";')).toEqual([
      '2:16 error: variable ${global.a} needs require "include"',
    ]);
  });

  test('so many global ones', () => {
    const scripts = { 'personal a': `${requires} set "global.b" "";` };
    const options = { limits: { variables: 1 } };
    expect(failure(`${requires} set "global.a" ""; set "global.a" ""; include "a";`, scripts, options)).toBe(
      'line 1: in personal script "a", line 1: too many global variables (at most 1)',
    );
  });
});

test('the trace tells of included scripts', () => {
  const scripts = { 'personal a': 'require "include"; return;' };
  const source = compiled('require "include";\ninclude "a";\ninclude :once "a"; include :optional "b";');
  const { trace } = runNow(source, input, { trace: true }, answerWith(scripts));
  expect(trace).toEqual([
    { line: 2, text: 'include personal script "a"' },
    { line: 1, text: 'return' },
    { line: 2, text: 'end of personal script "a"' },
    { line: 3, text: 'include personal script "a": has been done already' },
    { line: 3, text: 'include personal script "b": there is none' },
    { line: 0, text: 'implicit keep' },
  ]);
});
