import { describe, expect, test } from 'vitest';
import { faults, holds, mail, runInput } from '../../../test/support/sieve.ts';

const input = runInput(
  mail('X-A: 1', 'X-B: 2', 'X-A: 3', 'To: a@example.org, b@example.org', 'To: c@example.org', '', ''),
);
const is = (tagged: string): boolean => holds(tagged, input, ['index']);

describe(':index and :last (RFC 5260 §6)', () => {
  test('the field with that number, from either end', () => {
    expect(is('header :index 1 "x-a" "1"')).toBe(true);
    expect(is('header :index 1 "x-a" "3"')).toBe(false);
    expect(is('header :index 2 "x-a" "3"')).toBe(true);
    expect(is('header :index 1 :last "x-a" "3"')).toBe(true);
    expect(is('header :last :index 2 "x-a" "1"')).toBe(true);
    expect(is('header :index 3 :contains "x-a" ""')).toBe(false);
  });

  test('fields are counted, not the addresses in them', () => {
    expect(is('address :index 1 :localpart "to" "b"')).toBe(true);
    expect(is('address :index 2 :localpart "to" ["a", "b"]')).toBe(false);
    expect(is('address :index 2 :localpart "to" "c"')).toBe(true);
  });

  test('of several names, all fields are counted together, name by name', () => {
    expect(is('header :index 3 ["x-a", "x-b"] "2"')).toBe(true);
    expect(is('header :index 1 ["x-a", "x-b"] "2"')).toBe(false);
    expect(is('header :index 1 :last ["x-b", "x-a"] "3"')).toBe(true);
  });

  test('dates of fields that stand several times', () => {
    const hops = runInput(
      mail(
        'Received: by a; Thu, 19 Nov 2026 12:00:00 +0000',
        'Received: by b; Wed, 18 Nov 2026 12:00:00 +0000',
        '',
        '',
      ),
    );
    const day = (tags: string, value: string): boolean =>
      holds(`date ${tags} :zone "+0000" "received" "day" "${value}"`, hops, ['index', 'date']);
    expect(day(':index 1', '19')).toBe(true);
    expect(day(':index 2', '18')).toBe(true);
    expect(day(':index 1 :last', '18')).toBe(true);
    expect(day(':index 3', '18')).toBe(false);
  });

  test('faults', () => {
    expect(faults('require "index"; if header :index 0 "x" "y" { stop; }')).toEqual([
      '1:28 error: header: :index counts from 1',
    ]);
    expect(faults('require "index"; if header :last "x" "y" { stop; }')).toEqual([
      '1:28 error: header: :last needs :index',
    ]);
    expect(faults('if header :index 1 "x" "y" { stop; }')).toEqual([
      '1:11 error: header: tag :index needs require "index"',
    ]);
  });
});
