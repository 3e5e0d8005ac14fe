import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import type { Answer, Question, RunOutcome } from '../types.ts';

const raw = mail('From: a@example.org', 'Subject: s', 'Content-Language: nl', '', 'Text', '');
const input = runInput(raw);
const available = ['vnd.dovecot.pipe', 'vnd.dovecot.filter', 'vnd.dovecot.execute'];
const REQUIRE = `require ["vnd.dovecot.pipe", "vnd.dovecot.filter", "vnd.dovecot.execute", "variables", "copy",
  "fileinto", "reject", "editheader", "foreverypart"];\n`;

/** A host with the program "tool", which answers what is given here. */
function outcomeOf(source: string, output?: string, asked: Question[] = []): RunOutcome {
  const answer = (question: Question): Answer => {
    asked.push(question);
    if (question.ask === 'program-known') return question.program === 'tool';
    return question.ask === 'run-program' && output !== undefined ? Buffer.from(output) : undefined;
  };
  return runNow(compiled(REQUIRE + source, { available }), input, {}, answer);
}
const faultsOf = (source: string): string[] =>
  faults(`require ["vnd.dovecot.pipe", "vnd.dovecot.filter", "vnd.dovecot.execute"];\n${source}`, {
    available,
  }).filter((fault) => !fault.includes('warning'));
const given = (pieces: readonly Uint8Array[]): string => Buffer.concat(pieces).toString();

test('refused where no programs are set up', () => {
  expect(faults('require ["vnd.dovecot.pipe", "vnd.dovecot.execute"];')).toEqual([
    '1:10 error: capability "vnd.dovecot.pipe" cannot be used here: no programs are set up for it',
    '1:30 error: capability "vnd.dovecot.execute" cannot be used here: no programs are set up for it',
  ]);
});

describe('names and arguments', () => {
  test('a name is no path', () => {
    for (const name of ['', '../tool', '/bin/sh', '.', '..', 'a\u0085b', 'x'.repeat(129)])
      expect(faultsOf(`pipe "${name}";`)[0]).toMatch(/2:6 error: pipe: ".*" is not the name of a program/);
    expect(faultsOf(`pipe "${'x'.repeat(128)}"; execute "ünïcode";`)).toEqual([]);
  });

  test('a name is constant, arguments need not be', () => {
    const withVariables = `require ["variables", "vnd.dovecot.pipe"];\n`;
    expect(faults(`${withVariables}pipe "\${a}";`, { available })).toEqual([
      '2:6 error: pipe: program name must be constant, without variables',
    ]);
    expect(faults(`${withVariables}pipe "a" "\${a}";`, { available })).toEqual([]);
  });

  test('are bounded, and hold no line breaks', () => {
    expect(faultsOf(`execute "tool" ["c", "a\nb"];`)[0]).toBe(
      '2:22 error: execute: an argument holds a line break or a NUL',
    );
    expect(faultsOf(`execute "tool" ["c", "${'x'.repeat(1025)}"];`)[0]).toBe(
      '2:22 error: execute: an argument is too long (at most 1024 octets)',
    );
    expect(faultsOf(`filter "tool" [${'"a",'.repeat(16)}"a"];`)[0]).toBe(
      '2:15 error: filter: too many arguments (at most 16)',
    );
    expect(outcomeOf('set "a" "x\ny"; execute "tool" "${a}";').error?.text).toBe(
      'execute: an argument holds a line break or a NUL',
    );
  });

  test('the script fails when there is no such program, but a test is false', () => {
    for (const command of ['pipe', 'filter', 'execute'])
      expect(outcomeOf(`discard; ${command} "other";`)).toMatchObject({
        actions: [{ type: 'keep', implicit: true }],
        error: { line: 3, text: `${command}: no program "other" is set up` },
      });
    expect(outcomeOf('if anyof (filter "other", execute "other") { discard; }', 'x').actions).toMatchObject([
      { type: 'keep' },
    ]);
  });
});

describe('pipe', () => {
  test('takes the place of the implicit keep, but with :copy', () => {
    expect(outcomeOf('pipe "tool" ["a", "b"];').actions).toEqual([
      { type: 'pipe', line: 3, program: 'tool', arguments: ['a', 'b'], try: false, copy: false },
    ]);
    expect(outcomeOf('pipe :copy :try "tool";').actions).toMatchObject([
      { type: 'pipe', try: true, copy: true, arguments: [] },
      { type: 'keep', implicit: true },
    ]);
  });

  test('is handed the message as it is then', () => {
    const outcome = outcomeOf('addheader "X" "1"; pipe "tool"; addheader "Y" "2"; keep;');
    expect(outcome.actions).toMatchObject([
      { type: 'pipe', version: 0 },
      { type: 'keep', version: 1 },
    ]);
    expect(given(outcome.versions[0]?.pieces ?? [])).toBe(`X: 1\r\n${raw.toString()}`);
  });

  test('once for a program, and not beside reject', () => {
    expect(outcomeOf('pipe "tool";\npipe "tool" "x";').error?.text).toBe(
      'pipe: the message is piped to "tool" already, in line 3',
    );
    expect(outcomeOf('pipe "tool"; reject "no";').error?.text).toContain('cannot be combined with the pipe');
    expect(outcomeOf('reject "no"; pipe "tool";').error?.text).toContain(
      'cannot be combined with the reject',
    );
  });

  test('is no test', () => {
    expect(faultsOf('if pipe "tool" {}')[0]).toBe('2:4 error: pipe is a command, not a test');
  });
});

describe('filter', () => {
  test('puts what the program wrote in the place of the message', () => {
    const asked: Question[] = [];
    const outcome = outcomeOf(
      'addheader "X" "1"; filter "tool" ["nl", "en"]; if header "subject" "new" { fileinto "Translated"; }',
      'Subject: new\n\nbody\n',
      asked,
    );
    expect(outcome.actions).toEqual([{ type: 'fileinto', line: 3, mailbox: 'Translated', version: 0 }]);
    expect(given(outcome.versions[0]?.pieces ?? [])).toBe('Subject: new\n\nbody\n');
    const [, question] = asked;
    expect(question).toMatchObject({ ask: 'run-program', command: 'filter', arguments: ['nl', 'en'] });
    if (question?.ask === 'run-program') expect(given(question.input)).toBe(`X: 1\r\n${raw.toString()}`);
  });

  test('leaves the message when the program fails or writes nothing, and is false then', () => {
    for (const output of [undefined, '']) {
      const outcome = outcomeOf('filter "tool"; if filter "tool" { discard; }', output);
      expect(outcome).toMatchObject({ actions: [{ type: 'keep' }], versions: [] });
      expect(outcome.error).toBeUndefined();
    }
    expect(outcomeOf('if filter "tool" { discard; }', 'A: b\n').actions).toMatchObject([{ type: 'discard' }]);
  });

  test('a redirect sends the filtered message; a loop around it ends', () => {
    const outcome = outcomeOf(
      'foreverypart { filter "tool"; fileinto :copy "a"; } redirect "a@b.org";',
      'Content-Type: multipart/mixed; boundary=A\n\n--A\n\nx\n--A--\n',
    );
    expect(outcome.actions).toMatchObject([
      { type: 'fileinto', version: 0 },
      { type: 'redirect', version: 0 },
    ]);
  });
});

describe('execute', () => {
  test('hands over nothing, a string or the message', () => {
    const inputs = (source: string): string[] => {
      const asked: Question[] = [];
      outcomeOf(source, '', asked);
      return asked.flatMap((question) => (question.ask === 'run-program' ? given(question.input) : []));
    };
    expect(inputs('execute "tool";')).toEqual(['']);
    expect(inputs('set "a" "ü"; execute :input "x${a}" "tool";')).toEqual(['xü']);
    expect(inputs('addheader "X" "1"; execute :pipe "tool";')).toEqual([`X: 1\r\n${raw.toString()}`]);
    expect(faultsOf('execute :pipe :input "x" "tool";')[0]).toBe(
      '2:15 error: execute: :input cannot be used together with :pipe',
    );
  });

  test('stores what the program wrote, when it succeeded', () => {
    expect(outcomeOf('execute :output "a" "tool"; fileinto "${a}";', 'box').actions).toMatchObject([
      { type: 'fileinto', mailbox: 'box' },
    ]);
    expect(
      outcomeOf('set "a" "old"; if not execute :output "a" "tool" { fileinto "${a}"; }').actions,
    ).toMatchObject([{ mailbox: 'old' }]);
    expect(outcomeOf('if execute "tool" { discard; }', '').actions).toMatchObject([{ type: 'discard' }]);
  });

  test(':output needs variables, and the name of one', () => {
    expect(faultsOf('execute :output "a" "tool";')).toContain(
      '2:9 error: execute: :output needs require "variables"',
    );
    expect(
      faults(
        'require ["variables", "vnd.dovecot.execute"];\nexecute :output "1" "tool";\nexecute :output "a b" "tool";',
        {
          available,
        },
      ),
    ).toEqual([
      '2:17 error: execute: match variable "1" cannot be set',
      '3:17 error: execute: "a b" is not the name of a variable',
    ]);
  });

  test('the example of the specification, with a message of the program', () => {
    const outcome = runNow(
      compiled(
        `require [ "vnd.dovecot.execute", "vacation", "variables", "envelope" ];
         if envelope :localpart :matches "to" "*" { set "recipient" "\${1}"; }
         if execute :output "vacation_message" "onvacation" "\${recipient}" { vacation "\${vacation_message}"; }`,
        { available },
      ),
      runInput(mail('From: sender@example.org', 'To: me@example.com', '', '')),
      {},
      (question) => {
        if (question.ask === 'program-known') return true;
        if (question.ask !== 'run-program') return undefined;
        expect(question.arguments).toEqual(['me']);
        return Buffer.from('I am away');
      },
    );
    expect(outcome.actions[0]).toMatchObject({ type: 'vacation' });
  });
});
