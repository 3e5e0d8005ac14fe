import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import type { ImapEvent, RunOutcome } from '../types.ts';

const event: ImapEvent = {
  cause: 'FLAG',
  mailbox: 'ActionItems',
  user: 'tim',
  email: 'tim@example.com',
  changedFlags: ['\\Flagged', 'a'],
  flags: ['\\Flagged', '\\Seen'],
};
const options = { available: ['imapsieve'] };
const REQUIRE = 'require ["imapsieve", "environment", "imap4flags", "fileinto", "variables", "copy"];';

function run(script: string, imap: ImapEvent | undefined = event): RunOutcome {
  const input = runInput(mail('From: a@example.org', 'To: b@example.org', '', ''));
  return runNow(compiled(REQUIRE + script, options), imap === undefined ? input : { ...input, imap });
}

describe('imapsieve (RFC 6785)', () => {
  test('is refused until the host says that an event runs the script', () => {
    expect(faults('require "imapsieve";')).toEqual([
      '1:9 error: capability "imapsieve" cannot be used here: it is run by events of IMAP, and none runs scripts here',
    ]);
    expect(faults('require "imapsieve";', options)).toEqual([]);
    const refused = new Map([['imapsieve', 'the admin says so']]);
    expect(faults('require "imapsieve";', { ...options, refused })).toEqual([
      '1:9 error: capability "imapsieve" cannot be used here: the admin says so',
    ]);
  });

  test.each([
    ['imap.cause', 'FLAG'],
    ['imap.mailbox', 'ActionItems'],
    ['imap.user', 'tim'],
    ['imap.email', 'tim@example.com'],
    ['imap.changedflags', '\\Flagged a'],
    ['IMAP.Cause', 'FLAG'],
  ])('environment item %s', (item, value) => {
    const script = `if environment :matches "${item}" "*" { fileinto "\${1}"; }`;
    expect(run(script).actions).toMatchObject([{ mailbox: value }]);
  });

  test('without an event, the items are not known', () => {
    const script = 'if environment :contains "imap.cause" "" { discard; }';
    expect(run(script).actions[0]?.type).toBe('discard');
    const input = runInput(mail('From: a@example.org', '', ''));
    expect(runNow(compiled(REQUIRE + script, options), input).actions[0]?.type).toBe('keep');
  });

  test('who files is the empty string when mail is delivered', () => {
    for (const item of ['imap.user', 'imap.email']) {
      const script = `if environment :is "${item}" "" { discard; }`;
      expect(run(script, event).actions[0]?.type).toBe('keep');
      const input = runInput(mail('From: a@example.org', '', ''));
      expect(runNow(compiled(REQUIRE + script, options), input).actions[0]?.type).toBe('discard');
    }
  });

  test('there is no envelope', () => {
    const input = { ...runInput(mail('From: a@example.org', '', '')), imap: event };
    const script = 'require "envelope"; if envelope :contains "from" "a" { discard; }';
    const { error, actions } = runNow(compiled(script, options), input);
    expect(error?.text).toMatch(/envelope cannot be used for a message that is in a mailbox already/);
    expect(actions).toMatchObject([{ type: 'keep', implicit: true }]);
  });

  test('the second example of the RFC: a message gets flagged', () => {
    const script = `if allof (hasflag "\\\\Flagged", environment :contains "imap.changedflags" "\\\\Flagged") {
      fileinto :copy "important"; }`;
    expect(run(script).actions).toEqual([
      { type: 'fileinto', line: 1 + 1, mailbox: 'important', flags: ['\\Flagged', '\\Seen'] },
      { type: 'keep', line: 0, implicit: true, flags: ['\\Flagged', '\\Seen'] },
    ]);
  });

  test('the implicit keep tells the flags the message is to have', () => {
    expect(run('removeflag "\\\\Seen"; addflag "done";').actions).toMatchObject([
      { type: 'keep', implicit: true, flags: ['\\Flagged', 'done'] },
    ]);
  });

  test('a message that is there cannot be refused or answered', () => {
    for (const [capability, command] of [
      ['reject', 'reject "no";'],
      ['ereject', 'ereject "no";'],
      ['vacation', 'vacation "away";'],
    ]) {
      const input = { ...runInput(mail('From: a@example.org', '', '')), imap: event };
      const { error, actions } = runNow(compiled(`require "${capability}"; ${command}`), input);
      expect(error?.text).toMatch(/cannot be used for a message that is in a mailbox already/);
      expect(actions).toMatchObject([{ type: 'keep', implicit: true }]);
    }
  });
});
