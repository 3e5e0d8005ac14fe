import { describe, expect, test } from 'vitest';
import { compiled, faults, mail, runInput, runNow } from '../../../test/support/sieve.ts';

const to = (address: string) => runInput(mail(`To: ${address}`, '', ''), 'a@example.org', address);

function holds(source: string, address: string, separators?: string): boolean {
  const script = compiled(
    `require ["subaddress", "envelope"]; if ${source} { discard; } elsif envelope "to" "" {}`,
  );
  const settings = separators === undefined ? {} : { subaddress: { separators } };
  return runNow(script, to(address), { settings }).actions[0]?.type === 'discard';
}

describe('RFC 5233 §4', () => {
  // address, :user, :detail
  test.each([
    ['ken+sieve@example.org', 'ken', 'sieve'],
    ['ken@example.org', 'ken', undefined],
    ['ken+@example.org', 'ken', ''],
    ['ken+a+b@example.org', 'ken', 'a+b'],
    ['+x@example.org', '', 'x'],
    ['"a b+c d"@example.org', 'a b', 'c d'],
  ])('%s', (address, user, detail) => {
    expect(holds(`address :user "to" "${user}"`, address)).toBe(true);
    expect(holds(`address :detail "to" "${detail ?? ''}"`, address)).toBe(detail !== undefined);
    expect(holds(`address :matches :detail "to" "*"`, address)).toBe(detail !== undefined);
  });

  test('the envelope as well', () => {
    expect(holds('envelope :detail "to" "sieve"', 'ken+sieve@example.org')).toBe(true);
    expect(holds('envelope :user :contains "to" "e"', 'ken+sieve@example.org')).toBe(true);
  });
});

test('the host says what separates', () => {
  expect(holds('address :detail "to" "b"', 'a-b@example.org')).toBe(false);
  expect(holds('address :detail "to" "b"', 'a-b@example.org', '-')).toBe(true);
  expect(holds('address :detail "to" "b+c"', 'a-b+c@example.org', '+-')).toBe(true);
  expect(holds('address :user "to" "a+b"', 'a+b@example.org', '')).toBe(true);
});

test('faults', () => {
  expect(faults('if address :user "to" "a" { keep; }')).toEqual([
    '1:12 error: address: tag :user needs require "subaddress"',
  ]);
  expect(faults('require "subaddress"; if address :user :detail "to" "a" { keep; }')).toEqual([
    '1:40 error: address: :detail cannot be used together with :user',
  ]);
  expect(faults('require "subaddress"; if address :detail "to" "a@b" { keep; }')).toEqual([
    '1:47 warning: address: :detail never is "a@b", which has an "@"',
  ]);
});
