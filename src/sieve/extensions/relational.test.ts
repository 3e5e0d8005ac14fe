import { describe, expect, test } from 'vitest';
import { faults, holds, mail, runInput } from '../../../test/support/sieve.ts';

/** The mail of RFC 5231 §6. */
const input = runInput(
  mail(
    'Received: a',
    'Received: b',
    'Subject: Re: Sieve',
    'From: "Bob" <bob@example.org>',
    'To: <foo@example.org>, <bar@example.net>',
    'Cc: <joe@example.com>',
    'X-Priority: 4',
    'X-Spam: 12.5 points',
    '',
    '',
  ),
);
const requires = ['relational', 'comparator-i;ascii-numeric', 'envelope'];
const numeric = ':comparator "i;ascii-numeric"';
const is = (source: string): boolean => holds(source, input, requires);

describe('RFC 5231 §4.1: :value', () => {
  test.each([
    ['lt', [true, false, false]],
    ['le', [true, true, false]],
    ['eq', [false, true, false]],
    ['ne', [true, false, true]],
    ['ge', [false, true, true]],
    ['gt', [false, false, true]],
  ] as const)('"%s"', (relation, outcomes) => {
    const found = ['30', '4', '3'].map((key) =>
      is(`header :value "${relation}" ${numeric} "x-priority" "${key}"`),
    );
    expect(found).toEqual(outcomes);
  });

  test('compares as the comparator does', () => {
    expect(is('header :value "gt" "x-priority" "30"')).toBe(true);
    expect(is('header :value "eq" "subject" "RE: SIEVE"')).toBe(true);
    expect(is('header :value "lt" :comparator "i;octet" "subject" "re"')).toBe(true);
    expect(is('header :value "gt" "subject" "re"')).toBe(true);
    // What begins with no digit is greater than every number (RFC 4790 §9.1).
    expect(is(`header :value "gt" ${numeric} "subject" "99999999999999999999"`)).toBe(true);
    expect(is(`header :value "eq" ${numeric} "x-spam" "12"`)).toBe(true);
  });

  test('of several values and keys, one pair is enough', () => {
    expect(is(`header :value "lt" ${numeric} ["x-priority", "x-spam"] ["1", "5"]`)).toBe(true);
    expect(is(`header :value "lt" ${numeric} ["x-priority", "x-spam"] ["1", "4"]`)).toBe(false);
    expect(is('header :value "ne" "x-none" "a"')).toBe(false);
    expect(is('address :value "ge" :domain "to" "example.org"')).toBe(true);
  });
});

describe('RFC 5231 §4.2: :count', () => {
  test.each([
    ['header :count "eq" NUM ["to", "cc", "received"] "4"', true],
    ['address :count "ge" NUM ["to", "cc"] ["3"]', true],
    ['address :count "gt" NUM ["to", "cc"] ["3"]', false],
    ['anyof (address :count "ge" NUM ["to"] ["3"], address :count "ge" NUM ["cc"] ["3"])', false],
    ['header :count "eq" NUM "x-none" "0"', true],
    ['header :count "lt" NUM "received" "10"', true],
    ['header :count "ne" "received" "2"', false],
    ['envelope :count "eq" NUM ["from", "to"] "2"', true],
  ])('%s', (source, outcome) => {
    expect(is(source.replaceAll('NUM', numeric))).toBe(outcome);
  });
});

test('faults', () => {
  const check = (source: string): string[] => faults(`require ["relational"];\nif ${source} { keep; }`);
  expect(check('header :value "foo" "a" "b"')).toEqual([
    '2:18 error: :value: "foo" is not one of "gt", "ge", "lt", "le", "eq" and "ne"',
  ]);
  expect(check('header :count "EQ" "a" "b"')).toEqual([]);
  expect(check('header :count "a"')).toEqual([
    '2:4 error: header: argument 1 (header names) is missing: a list of strings',
  ]);
  expect(check('header :value :is "a" "b"')).toEqual(['2:11 error: header: tag :value needs a string']);
  expect(check('header :value "gt" :is "a" "b"')).toEqual([
    '2:23 error: header: :is cannot be used together with :value',
  ]);
  expect(check('header :count "ge" "a" "10"')).toEqual([
    '2:4 warning: header: :count compares digits as text here ("10" is less than "9"): use :comparator "i;ascii-numeric"',
  ]);
  expect(faults('if header :count "eq" "a" "b" { keep; }')).toEqual([
    '1:11 error: header: tag :count needs require "relational"',
  ]);
});
