import { describe, expect, test } from 'vitest';
import { answerFault, answerReader } from './answers.ts';

const answer = (symbol: string) => ({ symbol, score: 1 });
const symbolsOf = (meaning: ReturnType<ReturnType<typeof answerReader>>) =>
  typeof meaning === 'string' ? meaning : meaning.map(({ symbol }) => symbol);

describe('answers of a list', () => {
  const read = answerReader({
    answers: { '127.0.0.2': answer('TWO'), '127.0.0.4/30': answer('FOUR'), '127.0.1.0/24': answer('NAME') },
    otherwise: answer('ANY'),
  });

  test.each([
    [['127.0.0.2'], ['TWO']],
    [
      ['127.0.0.7', '127.0.0.2'],
      ['FOUR', 'TWO'],
    ],
    [['127.0.1.4'], ['NAME']],
    [['127.0.0.99'], ['ANY']],
    [['127.0.0.1'], 'blocked'],
    [['127.255.255.254'], 'blocked'],
    // Refused for one part of a combined list, listed by another.
    [['127.255.255.254', '127.0.0.2'], ['TWO']],
    // A lapsed domain answers everything with the address of a shop.
    [['192.0.2.80'], 'broken'],
    [['192.0.2.80', '127.0.0.2'], ['TWO']],
  ])('%j is %j', (records, expected) => {
    expect(symbolsOf(read(records))).toEqual(expected);
  });

  test('bits of the last octet', () => {
    const bits = answerReader({ answers: { '&8': answer('PH'), '&64': answer('ABUSE') } });
    expect(symbolsOf(bits(['127.0.0.72']))).toEqual(['PH', 'ABUSE']);
    expect(symbolsOf(bits(['127.0.0.64']))).toEqual(['ABUSE']);
    expect(symbolsOf(bits(['127.0.0.1']))).toEqual('blocked');
    expect(symbolsOf(bits(['127.0.1.8']))).toEqual([]);
  });

  test('the admin names further refusals, and goes before ours', () => {
    const list = answerReader({ answers: { '127.0.0.1': answer('ONE') }, blocked: ['127.0.0.255'] });
    expect(symbolsOf(list(['127.0.0.255']))).toBe('blocked');
    expect(symbolsOf(list(['127.0.0.1']))).toEqual(['ONE']);
  });

  test('keys that are no answer are refused', () => {
    for (const key of ['127.0.0.2', '127.0.0.0/8', '&1', '&255']) expect(answerFault(key)).toBeUndefined();
    for (const key of ['', '2', '127.0.0.300', '127.0.0.1/33', '&', '&0', '&256', '::1', '&-1'])
      expect(answerFault(key)).toBeTypeOf('string');
    expect(() => answerReader({ answers: { nonsense: answer('X') } })).toThrow(TypeError);
  });
});
