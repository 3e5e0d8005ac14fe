import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import type { Answer, Question } from '../types.ts';

const input = runInput(mail('From: a@example.org', '', ''));

/** The action of a script when the host answers this. */
function act(source: string, answer: (question: Question) => Answer): unknown {
  const [action] = runNow(compiled(source), input, {}, answer).actions;
  return action?.type === 'fileinto' ? action.mailbox : action?.type;
}
const spam =
  (value: Answer, percent?: Answer) =>
  (question: Question): Answer =>
    question.ask === 'spam-status' ? (question.percent ? percent : value) : undefined;

describe('spamtest', () => {
  test('the example of RFC 5235 §3.2.1', () => {
    const source = `require ["spamtest", "fileinto", "relational", "comparator-i;ascii-numeric"];
      if spamtest :value "eq" :comparator "i;ascii-numeric" "0" { fileinto "INBOX.unclassified"; }
      elsif spamtest :value "ge" :comparator "i;ascii-numeric" "3" { fileinto "INBOX.spam-trap"; }`;
    expect(act(source, spam(undefined))).toBe('INBOX.unclassified');
    expect(act(source, spam(0))).toBe('INBOX.unclassified');
    expect(act(source, spam(2))).toBe('keep');
    expect(act(source, spam(3))).toBe('INBOX.spam-trap');
    expect(act(source, spam('10 certainly'))).toBe('INBOX.spam-trap');
  });

  test('the examples of RFC 5235 §3.2.2', () => {
    const source = (first: string): string => `require ["spamtestplus", "fileinto", "relational",
             "comparator-i;ascii-numeric"];
      if ${first} :comparator "i;ascii-numeric" "0" { fileinto "INBOX.unclassified"; }
      elsif spamtest :percent :value "eq" :comparator "i;ascii-numeric" "0" { fileinto "INBOX.not-spam"; }
      elsif spamtest :percent :value "lt" :comparator "i;ascii-numeric" "37" { fileinto "INBOX.spam-trap"; }
      else { discard; }`;
    for (const first of ['spamtest :value "eq"', 'spamtest :percent :count "eq"']) {
      expect(act(source(first), spam(undefined))).toBe('INBOX.unclassified');
      expect(act(source(first), spam(1, 0))).toBe('INBOX.not-spam');
      expect(act(source(first), spam(4, 36))).toBe('INBOX.spam-trap');
      expect(act(source(first), spam(5, 37))).toBe('discard');
    }
  });

  test('text behind the number can be looked at', () => {
    const source = 'require "spamtest"; if spamtest :contains "GTUBE" { discard; }';
    expect(act(source, spam('10 GTUBE'))).toBe('discard');
  });

  test('what is no result counts as not tested', () => {
    const source = 'require ["spamtest", "relational"]; if spamtest :count "eq" "0" { discard; }';
    for (const answer of [11, '11', -1, 1.5, 'yes', '3%', true, Buffer.from('3')])
      expect(act(source, spam(answer))).toBe('discard');
    expect(act(source, spam(10))).toBe('keep');
  });

  test(':percent needs spamtestplus', () => {
    expect(faults('require "spamtest";\nif spamtest :percent "1" {}')).toEqual([
      '2:13 error: spamtest: tag :percent needs require "spamtestplus"',
    ]);
    expect(faults('require "spamtestplus";\nif spamtest "1" {}')).toEqual([]);
    expect(faults('require "spamtest";\nif spamtest ["1", "2"] {}')).toEqual([
      '2:13 error: spamtest: argument 1 (value) must be a string, not a list of strings',
    ]);
  });
});

describe('virustest', () => {
  const source = `require ["virustest", "fileinto", "relational", "comparator-i;ascii-numeric"];
    if virustest :value "eq" :comparator "i;ascii-numeric" "0" { fileinto "INBOX.unclassified"; }
    if virustest :value "eq" :comparator "i;ascii-numeric" "4" { fileinto "INBOX.quarantine"; }
    elsif virustest :value "eq" :comparator "i;ascii-numeric" "5" { discard; }`;
  const virus =
    (value: Answer) =>
    (question: Question): Answer =>
      question.ask === 'virus-status' ? value : undefined;

  test('the example of RFC 5235 §3.3', () => {
    expect(act(source, virus(undefined))).toBe('INBOX.unclassified');
    expect(act(source, virus(1))).toBe('keep');
    expect(act(source, virus('4 Eicar'))).toBe('INBOX.quarantine');
    expect(act(source, virus(5))).toBe('discard');
    expect(act(source, virus(6))).toBe('INBOX.unclassified');
  });
});
