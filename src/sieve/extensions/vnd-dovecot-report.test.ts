import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import { parseMessage } from '../../message/parse.ts';
import type { RunInput, RunOutcome } from '../types.ts';

const raw = mail(
  'Return-Path: <spammer@example.com>',
  'Message-ID: <1234567.89ABCDEF@example.com>',
  'From: "Steve Pammer" <spammer@example.com>',
  'Subject: =?utf-8?Q?gr=C3=BCn?=',
  'X-Spam-Status: not spam',
  '',
  'We have very interesting öffers!',
  '',
);
const input: RunInput = {
  ...runInput(raw, 'spammer@example.com', 'victim@example.org'),
  now: new Date('2026-03-02T08:05:00Z'),
  addresses: ['alias@example.org'],
};
const outcomeOf = (source: string, on = input): RunOutcome =>
  runNow(compiled(`require ["vnd.dovecot.report", "editheader", "variables", "fileinto"];\n${source}`), on);
const REPORT = 'report "abuse" "This spam message slipped through." "spam-report@example.org";';

describe('report', () => {
  test('makes a report of abuse (RFC 5965 §2)', () => {
    const [action, keep] = outcomeOf(`addheader "X" "1"; ${REPORT}`).actions;
    expect(keep).toMatchObject({ type: 'keep', implicit: true });
    if (action?.type !== 'report' || action.mail === undefined) throw new Error('no report');
    expect(action).toMatchObject({ line: 2, feedbackType: 'abuse', recipient: 'spam-report@example.org' });
    expect(action.mail).toMatchObject({ sender: '', recipients: ['spam-report@example.org'] });
    const report = parseMessage(action.mail.raw);
    expect(report.header.fields.map(({ name, text }) => `${name}: ${text}`)).toEqual([
      expect.stringMatching(/^Message-ID: <.*@example\.org>$/),
      'Date: Mon, 02 Mar 2026 08:05:00 +0000',
      'From: victim@example.org',
      'To: spam-report@example.org',
      'Subject: Report: grün',
      'Auto-Submitted: auto-generated (report)',
      'MIME-Version: 1.0',
      expect.stringMatching(/^Content-Type: multipart\/report; report-type=feedback-report; boundary="=_/),
      'Content-Transfer-Encoding: 8bit',
    ]);
    expect(report.parts.map(({ type }) => type)).toEqual([
      'multipart/report',
      'text/plain',
      'message/feedback-report',
      'message/rfc822',
      'text/plain',
    ]);
    expect(report.parts[1]?.text).toBe('This spam message slipped through.\n');
    expect(Buffer.from(report.parts[2]?.content ?? []).toString()).toBe(
      [
        'Feedback-Type: abuse',
        'User-Agent: Tamis',
        'Version: 1',
        'Original-Mail-From: <spammer@example.com>',
        'Original-Rcpt-To: <victim@example.org>',
        'Arrival-Date: Mon, 02 Mar 2026 08:05:00 +0000',
        '',
      ].join('\r\n'),
    );
    // As it came: edits would spoil the evidence (RFC 5293 §7).
    expect(Buffer.from(report.parts[3]?.content ?? [])).toEqual(Buffer.from(raw));
  });

  test(':headers_only leaves out the body', () => {
    const [action] = outcomeOf(REPORT.replace('report', 'report :headers_only')).actions;
    if (action?.type !== 'report' || action.mail === undefined) throw new Error('no report');
    const last = parseMessage(action.mail.raw).parts.at(-1);
    expect(last?.type).toBe('text/rfc822-headers');
    expect(Buffer.from(last?.content ?? []).toString()).toBe(raw.toString().split('We have')[0]);
  });

  test('one of each type to each recipient; the first one counts', () => {
    const { actions } = outcomeOf(
      'report "abuse" "one" "a@b.org"; report "ABUSE" "two" "A@b.org"; report "fraud" "x" "a@b.org"; report "abuse" "x" "c@b.org";',
    );
    expect(actions.map((action) => (action.type === 'report' ? action.feedbackType : action.type))).toEqual([
      'abuse',
      'fraud',
      'abuse',
      'keep',
    ]);
    const [first] = actions;
    expect(first?.type === 'report' && Buffer.from(first.mail?.raw ?? []).toString()).toContain(
      '\r\none\r\n',
    );
  });

  test('never to the account itself', () => {
    for (const address of ['victim@example.org', 'ALIAS@example.org'])
      expect(outcomeOf(`report "abuse" "x" "${address}";`).actions[0]).toEqual({
        type: 'report',
        line: 2,
        feedbackType: 'abuse',
        recipient: address,
        suppressed: 'it would come back to this account',
      });
  });

  test('nothing a script or a sender writes can add fields', () => {
    const evil = { ...input, envelope: { ...input.envelope, sender: 'a>\r\nVersion: 9@b' } };
    const [action] = outcomeOf('report "abuse" text:\n\n--x\nFeedback-Type: y\n.\n"a@b.org";', evil).actions;
    if (action?.type !== 'report' || action.mail === undefined) throw new Error('no report');
    const { parts } = parseMessage(action.mail.raw);
    expect(parts).toHaveLength(5);
    expect(Buffer.from(parts[2]?.content ?? []).toString()).toContain('<a???Version:?9@b>');
  });

  test('there are only so many', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map((name) => `report "abuse" "x" "${name}@b.org";`).join(' ');
    expect(outcomeOf(many).error?.text).toBe('too many report actions (at most 4)');
  });

  test('reports what cannot be', () => {
    expect(
      faults(
        'require "vnd.dovecot.report";\nreport "a b" "x" "a@b.org";\nreport "abuse" "x" "a";\nreport "abuse" "x";',
      ),
    ).toEqual([
      '2:8 error: report: "a b" is not a feedback type',
      '3:20 error: report: "a" is not an address',
      '4:1 error: report: argument 3 (recipient) is missing: a string',
    ]);
    expect(outcomeOf('set "a" "x\ny"; report "${a}" "x" "a@b.org";').error?.text).toContain(
      'is not a feedback type',
    );
    expect(outcomeOf('set "a" "x"; report "abuse" "x" "${a}";').error?.text).toBe(
      'report: "x" is not an address',
    );
  });
});
