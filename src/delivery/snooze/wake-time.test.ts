import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wakeTime } from './wake-time.ts';

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
function wake(now: string, times: string[], weekdays = EVERY_DAY, zone?: string, local = 'UTC'): string {
  const action = { times, weekdays, ...(zone === undefined ? {} : { zone }) };
  return new Date(wakeTime(action, local, Date.parse(now))).toISOString().replace('.000Z', 'Z');
}

test('the next of the times, today or tomorrow', () => {
  const times = ['07:30:00', '16:00:00'];
  expect(wake('2026-01-05T07:29:59Z', times)).toBe('2026-01-05T07:30:00Z');
  expect(wake('2026-01-05T07:30:00Z', times)).toBe('2026-01-05T16:00:00Z');
  expect(wake('2026-01-05T16:00:01Z', times)).toBe('2026-01-06T07:30:00Z');
});

test('on the days that are named; the same day of the next week counts', () => {
  // 5 January 2026 is a Monday.
  expect(wake('2026-01-05T12:00:00Z', ['09:00:00'], [6, 0])).toBe('2026-01-10T09:00:00Z');
  expect(wake('2026-01-05T12:00:00Z', ['09:00:00'], [1])).toBe('2026-01-12T09:00:00Z');
  expect(wake('2026-01-05T08:00:00Z', ['09:00:00'], [1])).toBe('2026-01-05T09:00:00Z');
});

test('by the clocks of the zone, and the day they show', () => {
  expect(wake('2026-01-05T12:00:00Z', ['09:00:00'], EVERY_DAY, 'America/New_York')).toBe(
    '2026-01-05T14:00:00Z',
  );
  expect(wake('2026-01-05T12:00:00Z', ['09:00:00'], EVERY_DAY, undefined, 'Asia/Tokyo')).toBe(
    '2026-01-06T00:00:00Z',
  );
  // Tuesday in Tokyo already.
  expect(wake('2026-01-05T16:00:00Z', ['09:00:00'], [2], 'Asia/Tokyo')).toBe('2026-01-06T00:00:00Z');
  expect(wake('2026-01-06T03:00:00Z', ['23:00:00'], [1], 'America/Los_Angeles')).toBe('2026-01-06T07:00:00Z');
});

test('when the clocks are changed', () => {
  const berlin = (now: string, time: string): string => wake(now, [time], EVERY_DAY, 'Europe/Berlin');
  // 29 March 2026, 01:00 UTC: 02:00 becomes 03:00.
  expect(berlin('2026-03-28T20:00:00Z', '07:00:00')).toBe('2026-03-29T05:00:00Z');
  expect(berlin('2026-03-29T00:30:00Z', '02:30:00')).toBe('2026-03-29T01:30:00Z');
  // 25 October 2026: 02:30 is there twice.
  expect(berlin('2026-10-24T20:00:00Z', '07:00:00')).toBe('2026-10-25T06:00:00Z');
  expect(['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z']).toContain(
    berlin('2026-10-24T20:00:00Z', '02:30:00'),
  );
});

test('always later, and within a week and a day', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2000), max: Date.UTC(2040) }),
      fc.array(fc.integer({ min: 0, max: 86_399 }), { minLength: 1, maxLength: 4 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
      fc.constantFrom(
        'UTC',
        'Europe/Berlin',
        'America/St_Johns',
        'Australia/Lord_Howe',
        'Pacific/Kiritimati',
      ),
      (now, seconds, weekdays, zone) => {
        const times = seconds.map((second) => new Date(second * 1000).toISOString().slice(11, 19));
        const wakes = wakeTime({ times, weekdays, zone }, 'UTC', now);
        expect(wakes).toBeGreaterThan(now);
        expect(wakes - now).toBeLessThanOrEqual(8 * 86_400_000);
      },
    ),
    { numRuns: 300 },
  );
});
