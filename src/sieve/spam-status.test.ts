import { describe, expect, test } from 'vitest';
import { mail } from '../../test/support/sieve.ts';
import { parseMessage } from '../message/parse.ts';
import { spamStatus, type StatusHeaderSettings, statusFromHeader } from './spam-status.ts';

const settings: StatusHeaderSettings = {
  statusHeader: 'X-Spam-Score',
  statusType: 'score',
  maxHeader: '',
  maxValue: 10,
  textValues: new Map(),
};
const status = (
  value: string,
  changes: Partial<StatusHeaderSettings> = {},
  kind: 'spam' | 'percent' | 'virus' = 'spam',
): number | undefined =>
  statusFromHeader(
    parseMessage(mail(`X-Spam-Score: ${value}`, '', '')).header,
    { ...settings, ...changes },
    kind,
  );

describe('the score of our filter', () => {
  test('grows evenly up to the score that is certain', () => {
    expect([-5, 0, 1, 7.5, 14.9, 15, 40].map((score) => spamStatus(score, 15, false))).toEqual([
      1, 1, 1, 5, 9, 10, 10,
    ]);
    expect([-5, 0, 0.1, 7.5, 14.9, 15, 40].map((score) => spamStatus(score, 15, true))).toEqual([
      0, 0, 0, 50, 99, 100, 100,
    ]);
  });

  test('is something for any numbers', () => {
    expect(spamStatus(5, 0, false)).toBe(10);
    expect(spamStatus(-5, 0, true)).toBe(0);
    expect(spamStatus(Number.NaN, 15, false)).toBe(1);
    expect(spamStatus(Number.POSITIVE_INFINITY, 15, true)).toBe(0);
  });
});

describe('the field of another filter', () => {
  test('a number, as Pigeonhole reads it', () => {
    const values = [
      '-1',
      '0',
      '0.5',
      '1.11',
      '4.99',
      '5',
      '5.56',
      '8.9',
      '9.9',
      '10',
      '11',
      '+3',
      '.5',
      '5,5',
    ];
    expect(values.map((value) => status(value))).toEqual([1, 1, 1, 2, 5, 5, 6, 9, 9, 10, 10, 3, 1, 5]);
    expect(['1.10', '2.9', '5.7', '9.999'].map((value) => status(value, {}, 'percent'))).toEqual([
      11, 29, 57, 99,
    ]);
    expect(['0', '1.25', '2.5', '4', '5'].map((value) => status(value, { maxValue: 5 }, 'virus'))).toEqual([
      1, 2, 3, 4, 5,
    ]);
  });

  test('what is no number, no field or no maximum is not tested', () => {
    for (const value of ['abc', '', '3 of', '1e1', '0x10', '9'.repeat(20)])
      expect(status(value)).toBeUndefined();
    expect(status('5', { statusHeader: 'X-Other' })).toBeUndefined();
    expect(status('5', { statusHeader: '' })).toBeUndefined();
    expect(status('5', { maxValue: 0 })).toBeUndefined();
  });

  test('a number of characters', () => {
    expect(
      ['x', 'xx', 'xxxx', 'xxxxx', 'xxxxxx'].map((value) =>
        status(value, { statusType: 'strlen', maxValue: 5 }),
      ),
    ).toEqual([2, 4, 8, 10, 10]);
  });

  test('a text', () => {
    const texts: Partial<StatusHeaderSettings> = {
      statusType: 'text',
      textValues: new Map([
        [1, 'No'],
        [4, 'maybe'],
        [10, 'Yes'],
      ]),
    };
    expect(['No', 'maybe', 'Yes', 'yes', 'other'].map((value) => status(value, texts))).toEqual([
      1,
      4,
      10,
      undefined,
      undefined,
    ]);
    expect(status('maybe', texts, 'percent')).toBe(40);
    expect(status('Yes', texts, 'virus')).toBeUndefined();
  });

  test('regular expressions with a group', () => {
    const header = String.raw`X-Spam-Score: [[:alnum:]]+, score=(-?[[:digit:]]+\.[[:digit:]])`;
    expect(status('No, score=-3.2', { statusHeader: header, maxValue: 5 })).toBe(1);
    expect(status('Yes, score=5.2', { statusHeader: header, maxValue: 5 })).toBe(10);
    expect(status('no score', { statusHeader: header })).toBeUndefined();
    const maxHeader = String.raw`X-Spam-Score: score=-?[[:digit:]]+\.[[:digit:]] required=([[:digit:]]+\.[[:digit:]])`;
    const statusHeader = String.raw`X-Spam-Score: score=(-?[[:digit:]]+\.[[:digit:]]).*`;
    expect(status('score=3.2 required=5.0', { statusHeader, maxHeader }, 'percent')).toBe(64);
    for (const broken of ['X-Spam-Score: (', 'X-Spam-Score: no group', 'X-Spam-Score: (a)|b'])
      expect(status('b no group', { statusHeader: broken })).toBeUndefined();
  });
});
