import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import type { Action } from '../types.ts';

const input = {
  ...runInput(
    mail('From: sender@example.org', 'To: me@example.com', 'Subject: a', 'Message-ID: <a@b>', '', ''),
  ),
  now: new Date('2026-11-22T10:00:00Z'),
};
const REQUIRE =
  'require ["fcc", "vacation", "mailbox", "mailboxid", "special-use", "imap4flags", "enotify", "variables"];';

function first(script: string): Action | undefined {
  const { actions, error } = runNow(compiled(REQUIRE + script), input, {}, (question) =>
    question.ask === 'mailbox-exists' ? true : undefined,
  );
  if (error !== undefined) throw new Error(error.text);
  return actions[0];
}
const wrong = (script: string): string[] =>
  faults(`${REQUIRE}\n${script}`).filter((fault) => !fault.includes('not used'));

describe('fcc (RFC 8580)', () => {
  test('the copy of a reply, with all that may be said of it (RFC 8580)', () => {
    expect(first('vacation :fcc "INBOX.Sent" "away";')).toMatchObject({
      type: 'vacation',
      fcc: { mailbox: 'INBOX.Sent' },
    });
    const tags = [
      ':fcc "Sent"',
      ':create',
      ':mailboxid "F1"',
      ':specialuse "\\\\Sent"',
      ':flags ["\\\\Seen", "x"]',
    ];
    const fcc = {
      mailbox: 'Sent',
      create: true,
      mailboxId: 'F1',
      specialUse: '\\Sent',
      flags: ['\\Seen', 'x'],
    };
    // In any order.
    expect(first(`vacation ${tags.join(' ')} "away";`)).toMatchObject({ fcc });
    expect(first(`vacation ${tags.toReversed().join(' ')} "away";`)).toMatchObject({ fcc });
  });

  test('the copy of a notification', () => {
    expect(first('notify :fcc "INBOX.Sent" :message "x" "mailto:a@example.net";')).toMatchObject({
      type: 'notify',
      fcc: { mailbox: 'INBOX.Sent' },
    });
  });

  test('does not take the flags of the internal variable', () => {
    expect(first('setflag "x"; vacation :fcc "Sent" "away";')).not.toHaveProperty('fcc.flags');
  });

  test('faults', () => {
    expect(wrong('vacation :create "x";')).toEqual(['2:10 error: vacation: :create needs :fcc']);
    expect(wrong('vacation :flags "a" "x";')).toEqual(['2:10 error: vacation: :flags needs :fcc']);
    expect(wrong('vacation :fcc "" "x";')).toEqual([
      '2:10 error: vacation :fcc: name of the mailbox is empty',
    ]);
    expect(wrong('keep :fcc "a";')).toEqual(['2:6 error: keep: unknown tag :fcc']);
    expect(faults('require "vacation"; vacation :fcc "a" "x";')).toEqual([
      '1:30 error: vacation: tag :fcc needs require "fcc"',
    ]);
    const script = compiled(`${REQUIRE} set "a" ""; vacation :fcc "\${a}" "x";`);
    expect(runNow(script, input).error?.text).toBe(':fcc: name of the mailbox is empty');
  });
});
