import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import type { Action, Answer, Question } from '../types.ts';

const input = runInput(mail('From: a@example.org', '', ''));
const REQUIRE =
  'require ["fileinto", "mailbox", "mailboxid", "special-use", "mboxmetadata", "servermetadata", "relational", "imap4flags"];';

function outcome(
  script: string,
  answer: (question: Question) => Answer,
): { actions: Action[]; asked: Question[] } {
  const asked: Question[] = [];
  const { actions, error } = runNow(compiled(REQUIRE + script), input, {}, (question) => {
    asked.push(question);
    return answer(question);
  });
  if (error !== undefined) throw new Error(error.text);
  return { actions, asked };
}

function holds(test: string, answer: (question: Question) => Answer): boolean {
  return outcome(`if ${test} { discard; }`, answer).actions[0]?.type === 'discard';
}
/** The faults that are not about unused capabilities. */
const wrong = (script: string): string[] =>
  faults(`${REQUIRE}\n${script}`).filter((fault) => !fault.includes('not used'));

describe('mailbox (RFC 5490 §3)', () => {
  const there = (question: Question): boolean =>
    question.ask === 'mailbox-exists' && ['INBOX', 'a/b'].includes(question.mailbox);

  test('mailboxexists: all of them', () => {
    expect(holds('mailboxexists "a/b"', there)).toBe(true);
    expect(holds('mailboxexists ["a/b", "INBOX"]', there)).toBe(true);
    expect(holds('mailboxexists ["a/b", "none"]', there)).toBe(false);
    expect(holds('mailboxexists ""', () => true)).toBe(false);
    expect(holds('mailboxexists "a/b"', () => undefined)).toBe(false);
  });

  test('the example of RFC 5490 §3.2', () => {
    const script = 'if mailboxexists "Partners" { fileinto "Partners"; } else { fileinto :create "Others"; }';
    expect(outcome(script, () => true).actions).toEqual([{ type: 'fileinto', line: 1, mailbox: 'Partners' }]);
    expect(outcome(script, () => false).actions).toEqual([
      { type: 'fileinto', line: 1, mailbox: 'Others', create: true },
    ]);
  });

  test('filed twice, it is made when one of the two says so', () => {
    expect(outcome('fileinto "a"; fileinto :create "a";', () => undefined).actions).toEqual([
      { type: 'fileinto', line: 1, mailbox: 'a', create: true },
    ]);
  });

  test('faults', () => {
    expect(faults('require "fileinto"; fileinto :create "a";')).toEqual([
      '1:30 error: fileinto: tag :create needs require "mailbox"',
    ]);
    expect(wrong('mailboxexists "a";')).toEqual(['2:1 error: mailboxexists is a test, not a command']);
    expect(wrong('keep :create;')).toEqual(['2:6 error: keep: unknown tag :create']);
  });
});

describe('mailboxid (RFC 9042)', () => {
  const there = (question: Question): boolean =>
    question.ask === 'mailbox-id-exists' && question.id === 'F6352ae03';

  test('mailboxidexists: all of them (RFC 9042)', () => {
    expect(holds('mailboxidexists "F6352ae03"', there)).toBe(true);
    expect(holds('mailboxidexists ["F6352ae03", "F1"]', there)).toBe(false);
    const { asked, actions } = outcome('if mailboxidexists ["not an id"] { discard; }', () => true);
    expect([asked, actions[0]?.type]).toEqual([[], 'keep']);
  });

  test('fileinto takes the mailbox of the id before the name (RFC 9042 §4)', () => {
    expect(outcome('fileinto :mailboxid "F6352ae03" "INBOX.harvest";', there).actions).toEqual([
      { type: 'fileinto', line: 1, mailbox: 'INBOX.harvest', mailboxId: 'F6352ae03' },
    ]);
    expect(outcome('fileinto :mailboxid "no id" "a";', there).actions).toEqual([
      { type: 'fileinto', line: 1, mailbox: 'a' },
    ]);
  });

  test('one mailbox gets the message once, whatever name stands beside the id', () => {
    const { actions } = outcome(
      'fileinto :mailboxid "F1" "a"; fileinto :mailboxid "F1" "b"; fileinto :mailboxid "F2" "a"; fileinto "a";',
      () => undefined,
    );
    expect(actions).toHaveLength(3);
  });
});

describe('special-use (RFC 8579)', () => {
  const there = (question: Question): boolean =>
    question.ask === 'special-use-exists' &&
    (question.mailbox === undefined ? question.use !== '\\Flagged' : question.use === '\\Junk');

  test('specialuse_exists: of any mailbox, or of one (RFC 8579 §3)', () => {
    expect(holds('specialuse_exists "\\\\Junk"', there)).toBe(true);
    expect(holds('specialuse_exists ["\\\\Junk", "\\\\Flagged"]', there)).toBe(false);
    expect(holds('specialuse_exists "INBOX.Junk" "\\\\Junk"', there)).toBe(true);
    expect(holds('specialuse_exists "INBOX.Junk" ["\\\\Junk", "\\\\Sent"]', there)).toBe(false);
    const { asked } = outcome('if specialuse_exists "Spam" "\\\\Junk" {}', there);
    expect(asked).toEqual([{ ask: 'special-use-exists', use: '\\Junk', mailbox: 'Spam' }]);
  });

  test('fileinto :specialuse, with :create and the name to fall back on (RFC 8579 §4)', () => {
    expect(outcome('fileinto :specialuse "\\\\Junk" :create "Spam";', there).actions).toEqual([
      { type: 'fileinto', line: 1, mailbox: 'Spam', specialUse: '\\Junk', create: true },
    ]);
  });

  test('faults', () => {
    expect(wrong('fileinto :specialuse "Junk" "Spam";')).toEqual([
      '2:10 error: fileinto: "Junk" is not a special-use attribute, as "\\\\Junk" is',
    ]);
    expect(wrong('if specialuse_exists "Junk" { keep; }')).toEqual([
      '2:22 warning: specialuse_exists: "Junk" is not a special-use attribute, as "\\\\Junk" is',
    ]);
    const { asked } = outcome('if specialuse_exists "Junk" {}', () => true);
    expect(asked).toEqual([]);
  });
});

describe('mboxmetadata (RFC 5490 §4)', () => {
  const values = (question: Question): Answer =>
    question.ask === 'metadata' &&
    question.mailbox === 'INBOX' &&
    question.annotation === '/private/vendor/x/y'
      ? 'on hold'
      : undefined;

  test('metadata compares the value', () => {
    expect(holds('metadata :is "INBOX" "/private/vendor/x/y" "ON HOLD"', values)).toBe(true);
    expect(holds('metadata :contains "INBOX" "/private/vendor/x/y" "off"', values)).toBe(false);
    expect(holds('metadata :is "other" "/private/vendor/x/y" "on hold"', values)).toBe(false);
    expect(holds('metadata :contains "INBOX" "/private/none" ""', values)).toBe(false);
    expect(holds('metadata :count "eq" "INBOX" "/private/none" "0"', values)).toBe(true);
  });

  test('metadataexists: all of them', () => {
    expect(holds('metadataexists "INBOX" ["/private/vendor/x/y"]', values)).toBe(true);
    expect(holds('metadataexists "INBOX" ["/private/vendor/x/y", "/shared/comment"]', values)).toBe(false);
    // An empty value is a value.
    expect(holds('metadataexists "INBOX" "/shared/comment"', () => '')).toBe(true);
  });

  test('names that no annotation has', () => {
    for (const name of [
      'comment',
      '/private',
      '/private/',
      '/private/a/',
      '/private/a*',
      '/other/a',
      '/private/ü',
    ]) {
      const test = `metadataexists "INBOX" "${name}"`;
      expect(holds(test, () => 'x')).toBe(false);
      expect(wrong(`if ${test} { keep; }`)).toEqual([
        `2:27 warning: metadataexists: no annotation is named "${name}"`,
      ]);
    }
  });
});

describe('servermetadata (RFC 5490 §5)', () => {
  const values = (question: Question): Answer =>
    question.ask === 'server-metadata' && question.annotation === '/shared/vendor/x' ? '7' : undefined;

  test('servermetadata and servermetadataexists', () => {
    expect(holds('servermetadata :is "/shared/vendor/x" "7"', values)).toBe(true);
    expect(holds('servermetadata :is "/shared/vendor/z" "7"', values)).toBe(false);
    expect(holds('servermetadataexists "/shared/vendor/x"', values)).toBe(true);
    expect(holds('servermetadataexists ["/shared/vendor/x", "/shared/vendor/z"]', values)).toBe(false);
  });

  test('needs its own require', () => {
    expect(faults('require "mboxmetadata"; if servermetadataexists "/shared/a" { keep; }')).toContain(
      '1:28 error: test servermetadataexists needs require "servermetadata"',
    );
  });
});
