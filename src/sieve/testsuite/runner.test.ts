import { describe, expect, test } from 'vitest';
import type { FileReport, TestReport } from './report.ts';
import { listTests, type RunnerHost, runTestFile } from './runner.ts';

function hostOf(files: Readonly<Record<string, string>>): RunnerHost {
  return {
    read(path) {
      const text = files[path];
      return text === undefined ? undefined : Buffer.from(text);
    },
    now: () => new Date('2026-03-02T08:05:00Z'),
  };
}

async function run(source: string, files: Readonly<Record<string, string>> = {}): Promise<FileReport> {
  const report = await runTestFile('/t/a.svtest', hostOf({ '/t/a.svtest': source, ...files }));
  if (report === undefined) throw new Error('not read');
  return report;
}

const outcomes = ({ tests }: FileReport): string[] => tests.map(({ name, outcome }) => `${name}: ${outcome}`);
const reasons = ({ tests }: FileReport): string[] =>
  tests.flatMap(({ failures }) => failures.map(({ line, reason }) => `${line}: ${reason}`));
const suite = 'require ["vnd.dovecot.testsuite", "fileinto", "variables", "reject"];\n';

describe('a file of tests', () => {
  test('an implicit keep that is done already does nothing a second time', async () => {
    const report = await run(`require ["vnd.dovecot.testsuite", "fileinto", "copy"];
test "inbox" {
  fileinto :copy "INBOX";
  redirect :copy "a@example.net";
  if not test_result_execute { test_fail "execute"; }
  if test_message :folder "INBOX" 1 { test_fail "kept twice"; }
  if test_message :smtp 1 { test_fail "sent twice"; }
  if not test_message :folder "INBOX" 0 { test_fail "not kept"; }
  if not test_message :smtp 0 { test_fail "not sent"; }
}
`);
    expect(reasons(report)).toEqual([]);
    expect(outcomes(report)).toEqual(['inbox: passed']);
  });

  test('what passes and what fails, with lines and values', async () => {
    const report = await run(`${suite}test "good" {
  if not header "subject" "frop!" { test_fail "never"; }
}
test "bad" {
  if not header :contains "subject" "x" { test_fail "no x"; }
  test_fail "not reached";
}
test "after" { }
`);
    expect(outcomes(report)).toEqual(['good: passed', 'bad: failed', 'after: passed']);
    expect(report.tests[1]?.failures).toEqual([
      { line: 6, reason: 'no x', values: ['line 6: header :contains: "Frop!" against "x": false'] },
    ]);
  });

  test('a failure outside of tests aborts the file', async () => {
    const report = await run(`${suite}test_fail "at once";\ntest "never" { }\n`);
    expect(outcomes(report)).toEqual([': failed', 'never: failed']);
    expect(reasons(report)).toEqual(['2: at once', '3: never run: the file was aborted in line 2']);
  });

  test('an error of the file aborts it', async () => {
    const report = await run(`${suite}test "one" { reject "a"; keep; }\ntest "two" { }\n`);
    expect(outcomes(report)).toEqual(['one: failed', 'two: failed']);
    expect(reasons(report)[0]).toMatch(/^2: the file was aborted: keep cannot be combined with the reject/);
  });

  test('stop ends the file; what comes behind is skipped', async () => {
    const report = await run(`${suite}test "one" { stop; }\ntest "two" { }\n`);
    expect(outcomes(report)).toEqual(['one: passed', 'two: skipped']);
    expect(report.tests[1]?.reason).toBe('the file stops before it');
  });

  test('capabilities that there are not skip it', async () => {
    const report = await run('require ["vnd.dovecot.testsuite", "vnd.example.frob"];\ntest "one" { }\n');
    expect(outcomes(report)).toEqual(['one: skipped']);
    expect(report.tests[0]?.reason).toBe('there is no capability "vnd.example.frob"');
  });

  test('a file that does not compile has failed, and so has each of its tests', async () => {
    const report = await run(`${suite}test "one" { frob; }\ntest "two" { }\n`);
    expect(outcomes(report)).toEqual(['one: failed', 'two: failed']);
    expect(reasons(report)[0]).toBe(
      '2: the file does not compile: a.svtest: line 2: error: unknown command frob',
    );
  });

  test('a file without tests', async () => {
    expect((await run(suite)).tests).toEqual([]);
    expect(outcomes(await run('keep'))).toEqual([': failed']);
  });

  test('a file that cannot be read', async () => {
    expect(await runTestFile('/t/none.svtest', hostOf({}))).toBeUndefined();
  });

  test('what it prints', async () => {
    const { printed } = await run(
      `${suite}test_result_print;\nfileinto "a";\ntest_result_print;\ntest_message_print;\n`,
    );
    expect(printed.slice(0, 2)).toEqual(['result: nothing', 'result: fileinto "a"']);
    expect(printed[2]).toContain('Subject: Frop!');
  });

  test('its tests are known before it runs', () => {
    const tests = listTests(Buffer.from('keep;\ntest "a" { test "b" { } }\n\ntest "c" { }\n'));
    expect(tests).toEqual([
      { name: 'a', line: 2 },
      { name: 'c', line: 4 },
    ]);
  });
});

describe('commands of the suite', () => {
  test('faults are found when the file is compiled', async () => {
    const faulty = async (source: string): Promise<string | undefined> =>
      reasons(await run(`${suite}${source}`))[0];
    expect(await faulty('test_set "frob" "x";')).toContain('test_set: there is no object "frob"');
    expect(await faulty('test_set "${a}" "x";')).toContain('test_set: there is no object a variable');
    expect(await faulty('test_message 0;')).toContain('test_message: needs :smtp or :folder');
    expect(await faulty('test "a" { test "b" { } }')).toContain('test: must stand at the top of the file');
    expect(await faulty('if test_message :smtp :folder "a" 0 { }')).toContain('cannot be used together');
  });

  test('what cannot be done is a failure of the test, which goes on', async () => {
    const report = await run(`${suite}test "all" {
  test_binary_load "none";
  test_binary_save "none";
  test_mailbox_create "a..b";
  test_imap_metadata_set :mailbox "none" "/private/comment" "x";
  test_config_reload :extension "none";
  if test_message :folder "a..b" 0 { }
  test_message :folder "INBOX" 3;
  test_fail "not reached";
}
`);
    expect(reasons(report)).toEqual([
      '3: test_binary_load: there is no compiled script for "none"',
      '4: test_binary_save: there is no compiled script for "none"',
      '5: test_mailbox_create: no mailbox can be called "a..b"',
      '6: test_imap_metadata_set: there is no mailbox "none"',
      '7: test_config_reload: there is no extension "none"',
      '8: test_message: no mailbox can be called "a..b"',
      '9: test_message: no message 3 in INBOX',
    ]);
  });

  test('no script may be called from outside the tests as one of mail', async () => {
    const report = await run(
      `${suite}test "run" {
  if test_script_run { test_fail "there is none"; }
  if not test_error :contains "no script" { test_fail "no error"; }
  if not test_script_compile "\${tst.path}/b.sieve" { test_fail "by its whole path"; }
  if test_script_compile "missing.sieve" { test_fail "missing"; }
}
`,
      { '/t/b.sieve': 'keep;' },
    );
    expect(outcomes(report)).toEqual(['run: passed']);
  });

  test('the capability is refused to scripts that file mail', async () => {
    const { compile } = await import('../index.ts');
    expect(compile('require "vnd.dovecot.testsuite";').diagnostics.map(({ text }) => text)).toEqual([
      'capability "vnd.dovecot.testsuite" cannot be used here: it is for files of tests (tamis sieve test)',
    ]);
  });
});

test('each report has a line and an outcome', async () => {
  const { tests } = await run(`${suite}test "a" { }\ntest "b" { test_fail "x"; }\n`);
  const wanted: TestReport[] = [
    { name: 'a', line: 2, outcome: 'passed', failures: [] },
    { name: 'b', line: 3, outcome: 'failed', failures: [{ line: 3, reason: 'x', values: [] }] },
  ];
  expect(tests).toEqual(wanted);
});
