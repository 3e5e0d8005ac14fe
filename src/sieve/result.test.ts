import { describe, expect, test } from 'vitest';
import { actions, compiled, mail, runInput, runNow } from '../../test/support/sieve.ts';

const input = runInput(mail('From: a@example.org', 'Subject: x', '', 'body', ''));
const run = (script: string): string[] =>
  actions(`require ["fileinto", "reject", "ereject"];\n${script}`, input);

describe('implicit keep (RFC 5228 §2.10.2)', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    '': ['implicit keep'],
    'stop;': ['implicit keep'],
    'if false { discard; }': ['implicit keep'],
    'keep;': ['keep'],
    'discard;': ['discard'],
    'fileinto "a";': ['fileinto "a"'],
    'redirect "a@b";': ['redirect "a@b"'],
    'reject "no";': ['reject "no"'],
    'ereject "no";': ['ereject "no"'],
    'discard; stop;': ['discard'],
    'discard; keep;': ['discard', 'keep'],
    'discard; fileinto "a";': ['discard', 'fileinto "a"'],
    'fileinto "a"; keep; redirect "a@b";': ['fileinto "a"', 'keep', 'redirect "a@b"'],
  };
  for (const [script, expected] of Object.entries(cases))
    test(JSON.stringify(script), () => expect(run(script)).toEqual(expected));

  test('an empty script of any kind', () => {
    for (const script of ['', '# nothing', '\r\n']) expect(actions(script, input)).toEqual(['implicit keep']);
  });
});

describe('message uniqueness (RFC 5228 §2.10.3)', () => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    'keep; keep;': ['keep'],
    'fileinto "a"; fileinto "a";': ['fileinto "a"'],
    'fileinto "a"; fileinto "A";': ['fileinto "a"', 'fileinto "A"'],
    'keep; fileinto "inbox";': ['keep'],
    'fileinto "INBOX"; keep; fileinto "Inbox";': ['fileinto "INBOX"'],
    'discard; discard;': ['discard'],
    'redirect "a@B.org"; redirect "x <a@b.ORG>"; redirect "A@b.org";': [
      'redirect "a@B.org"',
      'redirect "A@b.org"',
    ],
  };
  for (const [script, expected] of Object.entries(cases))
    test(JSON.stringify(script), () => expect(run(script)).toEqual(expected));
});

describe('reject beside other actions (RFC 5429 §2.1.4)', () => {
  const cases: Readonly<Record<string, string>> = {
    'reject "a"; reject "b";': 'reject may be done only once (the other is in line 2)',
    'ereject "a"; reject "b";': 'reject may be done only once (the other is in line 2)',
    'keep; reject "a";': 'reject cannot be combined with the keep of line 2',
    'reject "a"; keep;': 'keep cannot be combined with the reject of line 2',
    'reject "a"; fileinto "x";': 'fileinto cannot be combined with the reject of line 2',
    'fileinto "x"; ereject "a";': 'reject cannot be combined with the fileinto of line 2',
    'redirect "a@b"; reject "a";': 'reject cannot be combined with the redirect of line 2',
  };
  for (const [script, text] of Object.entries(cases))
    test(JSON.stringify(script), () =>
      expect(run(script)).toEqual(['implicit keep', `error in line 2: ${text}`]),
    );

  test('discard does not matter', () => {
    expect(run('discard; reject "a";')).toEqual(['discard', 'reject "a"']);
    expect(run('reject "a"; discard;')).toEqual(['reject "a"', 'discard']);
  });
});

describe('limits (RFC 5228 §2.10.4)', () => {
  const files = (count: number): string =>
    Array.from({ length: count }, (_, index) => `fileinto "m${index}";`).join('\n');

  test('actions', () => {
    expect(run(files(32))).toHaveLength(32);
    expect(run(files(33))).toEqual(['implicit keep', 'error in line 34: too many actions (at most 32)']);
    expect(run(`${files(32)} fileinto "m0";`)).toHaveLength(32);
    const three = compiled(`require "fileinto"; ${files(3)}`);
    expect(runNow(three, input, { limits: { actions: 2 } }).error?.text).toContain('at most 2');
  });

  test('redirects', () => {
    const redirects = (count: number): string =>
      Array.from({ length: count }, (_, index) => `redirect "m${index}@example.org";`).join('\n');
    expect(run(redirects(4))).toHaveLength(4);
    expect(run(`${redirects(4)} redirect "m0@EXAMPLE.org";`)).toHaveLength(4);
    expect(run(redirects(5))).toEqual([
      'implicit keep',
      'error in line 6: too many redirect actions (at most 4)',
    ]);
  });
});

test('actions carry their lines, the implicit keep none', () => {
  const script = compiled('require "fileinto";\nif true {\n  fileinto "a";\n}\nredirect "x@y";');
  expect(runNow(script, input).actions).toEqual([
    { type: 'fileinto', line: 3, mailbox: 'a' },
    { type: 'redirect', line: 5, address: 'x@y' },
  ]);
  expect(runNow(compiled(''), input)).toMatchObject({
    actions: [{ type: 'keep', line: 0, implicit: true }],
    trace: [],
    implicitKeep: true,
  });
});
