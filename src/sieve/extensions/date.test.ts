import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import type { RunInput } from '../types.ts';

const REQUIRE = 'require ["date", "relational", "variables", "fileinto", "index"];';

const raw = mail(
  'Received: from a by b (x; y); Sat, 21 Nov 2026 22:00:00 -0500 (EST)',
  'Received: from c by a; Sat, 21 Nov 2026 21:59:00 -0500',
  'Date: Sun, 22 Nov 2026 01:02:03 +0530',
  'X-Bad: Sun, 32 Nov 2026 01:02:03 +0530',
  'X-Old: Thu, 1 Apr 04 10:20 GMT',
  'Subject: a',
  '',
  '',
);
const now = new Date('2026-07-04T23:30:15Z');

function holds(test: string, more: Partial<RunInput> = {}): boolean {
  const script = compiled(`${REQUIRE} if ${test} { discard; }`);
  const { actions, error } = runNow(script, { ...runInput(raw), now, ...more });
  if (error !== undefined) throw new Error(error.text);
  return actions[0]?.type === 'discard';
}

/** What `:matches "*"` stands for. */
function value(test: string, more: Partial<RunInput> = {}): string | undefined {
  const script = compiled(`${REQUIRE} if ${test} { fileinto "\${0}"; }`);
  const [action] = runNow(script, { ...runInput(raw), now, ...more }).actions;
  return action?.type === 'fileinto' ? action.mailbox : undefined;
}

describe('date (RFC 5260 §4)', () => {
  test.each([
    ['year', '2026'],
    ['month', '11'],
    ['day', '22'],
    ['date', '2026-11-22'],
    ['julian', '61366'],
    ['hour', '01'],
    ['minute', '02'],
    ['second', '03'],
    ['time', '01:02:03'],
    ['iso8601', '2026-11-22T01:02:03+05:30'],
    ['std11', 'Sun, 22 Nov 2026 01:02:03 +0530'],
    ['zone', '+0530'],
    ['weekday', '0'],
    ['WeekDay', '0'],
  ])('part %s is %s', (part, expected) => {
    expect(value(`date :matches :originalzone "date" "${part}" "*"`)).toBe(expected);
  });

  test('zones: given, local, original', () => {
    expect(value('date :matches :zone "+0000" "date" "iso8601" "*"')).toBe('2026-11-21T19:32:03Z');
    expect(value('date :matches :zone "-0330" "date" "iso8601" "*"')).toBe('2026-11-21T16:02:03-03:30');
    expect(value('date :matches "date" "iso8601" "*"')).toBe('2026-11-21T19:32:03Z');
    const local = { zone: 'America/New_York' };
    expect(value('date :matches "date" "iso8601" "*"', local)).toBe('2026-11-21T14:32:03-05:00');
    // The offset is the one of that day, not of today.
    expect(value('currentdate :matches "zone" "*"', local)).toBe('-0400');
    expect(value('date :matches "date" "zone" "*"', { zone: 'No/Where' })).toBe('+0000');
  });

  test('the date of Received stands behind the last semicolon', () => {
    expect(value('date :matches :originalzone "received" "std11" "*"')).toBe(
      'Sat, 21 Nov 2026 22:00:00 -0500',
    );
    expect(value('date :matches :originalzone :index 2 "received" "minute" "*"')).toBe('59');
    expect(value('date :matches :originalzone :index 1 :last "received" "minute" "*"')).toBe('59');
    expect(holds('date :originalzone "received" "minute" "59"')).toBe(true);
  });

  test('obsolete forms', () => {
    expect(value('date :matches :originalzone "x-old" "iso8601" "*"')).toBe('2004-04-01T10:20:00Z');
  });

  test('is false for what is no date, and for fields that are not there', () => {
    for (const name of ['x-bad', 'subject', 'x-none'])
      expect(holds(`date :matches "${name}" "year" "*"`)).toBe(false);
    expect(holds('not date :matches "date" "century" "*"')).toBe(true);
  });

  test('the examples of RFC 5260 §4', () => {
    expect(
      holds(
        'allof(header :is "subject" "a", date :value "ge" :originalzone "date" "hour" "01", date :value "lt" :originalzone "date" "hour" "17")',
      ),
    ).toBe(true);
  });

  test('faults', () => {
    expect(faults('require "date"; if date :zone "CET" "date" "hour" "09" { keep; }')).toEqual([
      '1:31 warning: date: :zone "CET" is not an offset as "+0100": the local zone is used',
    ]);
    expect(faults('require "date"; if date "date" "century" "20" { keep; }')).toEqual([
      '1:32 warning: date: unknown part "century" of a date',
    ]);
    expect(faults('require "date"; if date "da te" "hour" "20" { keep; }')).toEqual([
      '1:25 warning: date: "da te" is not the name of a header field',
    ]);
    expect(
      faults('require "date"; if date :zone "+0100" :originalzone "date" "hour" "20" { keep; }'),
    ).toEqual(['1:39 error: date: :originalzone cannot be used together with :zone']);
    expect(faults('require "date"; if date "date" "20" { keep; }')).toEqual([
      '1:20 error: date: argument 3 (key list) is missing: a list of strings',
    ]);
    expect(faults('if date "date" "hour" "20" { keep; }')).toEqual([
      '1:4 error: test date needs require "date"',
    ]);
  });

  test('a zone in a variable that is none is the local one', () => {
    const script = compiled(
      `${REQUIRE} set "z" "+09"; if date :matches :zone "\${z}" "date" "zone" "*" { fileinto "\${0}"; }`,
    );
    expect(runNow(script, { ...runInput(raw), now, zone: 'Asia/Kolkata' }).actions[0]).toMatchObject({
      mailbox: '+0530',
    });
  });
});

describe('currentdate (RFC 5260 §5)', () => {
  test('the time that was handed in', () => {
    expect(value('currentdate :matches "iso8601" "*"')).toBe('2026-07-04T23:30:15Z');
    expect(value('currentdate :zone "+0100" :matches "date" "*"')).toBe('2026-07-05');
    expect(value('currentdate :matches "weekday" "*"', { zone: 'Europe/Berlin' })).toBe('0');
    expect(holds('anyof(currentdate :is "weekday" "0", currentdate :is "weekday" "6")')).toBe(true);
    expect(
      holds(
        'allof(currentdate :value "ge" "date" "2026-06-30", currentdate :value "le" "date" "2026-07-07")',
      ),
    ).toBe(true);
  });

  test('has no original zone', () => {
    expect(faults('require "date"; if currentdate :originalzone "hour" "20" { keep; }')).toEqual([
      '1:32 error: currentdate: unknown tag :originalzone',
    ]);
  });
});
