import { expect, test } from 'vitest';
import { actions, compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import type { RunInput } from '../types.ts';

const input: RunInput = {
  ...runInput(mail('', '')),
  envelope: { client: { address: '192.0.2.1', name: 'mx.example.org' }, sender: '', recipients: [] },
  environment: {
    domain: 'example.com',
    host: 'mail.example.com',
    location: 'MDA',
    phase: 'during',
    version: '1.2',
    username: 'me',
    config: { 'Trash-Folder': 'Bin' },
  },
};
const holds = (test: string, given = input): boolean =>
  actions(
    `require ["environment", "variables", "relational"]; set "n" "HOST"; if ${test} { discard; }`,
    given,
  )[0] === 'discard';

test.each([
  ['environment "domain" "EXAMPLE.com"', true],
  ['environment :contains "host" "mail"', true],
  ['environment :matches "HOST" "*.example.com"', true],
  ['environment "${n}" "mail.example.com"', true],
  ['environment :comparator "i;octet" "location" ["MTA", "MDA"]', true],
  ['environment "phase" "post"', false],
  ['environment "name" "tamis"', true],
  ['environment :value "ge" "version" "1"', true],
  ['environment "remote-ip" "192.0.2.1"', true],
  ['environment "remote-host" "mx.example.org"', true],
  ['environment :count "eq" "host" "1"', true],
  ['environment :contains "vnd.example.none" ""', false],
  ['environment :count "eq" "vnd.example.none" "0"', false],
  ['environment "${none}" ""', false],
  ['environment :contains "vnd.dovecot.username" ""', false],
])('RFC 5183 §4: %s', (source, outcome) => {
  expect(holds(source)).toBe(outcome);
});

test('RFC 5183 §4.1: what is not known matches nothing', () => {
  for (const item of ['domain', 'host', 'location', 'phase', 'remote-ip', 'remote-host', 'version'])
    expect(holds(`environment :contains "${item}" ""`, runInput(mail('', '')))).toBe(false);
});

test('faults', () => {
  expect(faults('if environment "host" "a" {}')).toEqual([
    '1:4 error: test environment needs require "environment"',
  ]);
  expect(faults('require "environment"; if environment "hots" "a" {}')).toEqual([
    '1:39 warning: environment: unknown item "hots"',
  ]);
  expect(faults('require "environment"; if environment ["host"] "a" {}')).toEqual([
    '1:39 error: environment: argument 1 (name) must be a string, not a list of strings',
  ]);
});

test('vnd.dovecot.environment: items, and variables of the namespace env', () => {
  const script = `require ["vnd.dovecot.environment", "variables", "fileinto"];
    if allof (environment "vnd.dovecot.default-mailbox" "INBOX", environment "host" "mail.example.com",
              environment "vnd.dovecot.config.trash-folder" "bin") {
      fileinto "\${env.vnd.dovecot.username}/\${env.vnd.dovecot.default_mailbox}/\${env.Host}/\${env.remote_ip}";
      fileinto "\${env.vnd.dovecot.config.trash_folder}\${env.vnd.dovecot.config.none}"; }`;
  expect(actions(script, input)).toEqual([
    'fileinto "me/INBOX/mail.example.com/192.0.2.1"',
    'fileinto "Bin"',
  ]);
});

test('vnd.dovecot.environment: faults', () => {
  const check = (source: string): string[] =>
    faults(`require ["vnd.dovecot.environment", "variables"]; ${source}`).map((fault) =>
      fault.replace(/^\S+ /, ''),
    );
  expect(check('set "env.host" "a";')).toEqual(['error: set: variable "env.host" cannot be set']);
  expect(check('redirect "x${env.none}@y.example";')).toEqual([]);
  expect(faults('require "variables"; redirect "${env.host}";')).toEqual([
    '1:31 error: variable ${env.host} needs require "vnd.dovecot.environment"',
  ]);
});

test('vnd.dovecot.debug: lines for a log of the user', () => {
  const script = compiled(
    `require ["vnd.dovecot.debug", "variables"];\nset "a" "b";\ndebug_log "x\${a}";\ndebug_log "${'y'.repeat(2000)}"; debug_log "z";`,
  );
  const { debug, trace } = runNow(script, input, { trace: true, limits: { debugLines: 2 } });
  expect(debug).toEqual([
    { line: 3, text: 'xb' },
    { line: 4, text: 'y'.repeat(1000) },
  ]);
  expect(trace).toContainEqual({ line: 3, text: 'debug_log "xb"' });
  expect(runNow(compiled('keep;'), input)).not.toHaveProperty('debug');
  const failing = compiled('require ["vnd.dovecot.debug", "ihave"]; debug_log "a"; error "b";');
  expect(runNow(failing, input).debug).toEqual([{ line: 1, text: 'a' }]);
  expect(faults('require "vnd.dovecot.debug"; debug_log;')).toEqual([
    '1:30 error: debug_log: argument 1 (message) is missing: a string',
  ]);
});
