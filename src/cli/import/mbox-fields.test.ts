import { describe, expect, test } from 'vitest';
import { SystemFlag } from '../../store/mail/types.ts';
import { fromLineDate, takeMboxFields } from './mbox-fields.ts';

const take = (text: string) => {
  const { octets, flags, internal } = takeMboxFields(Buffer.from(text, 'latin1'));
  return { text: octets.toString('latin1'), ...flags, internal };
};

describe('fields of an mbox', () => {
  test.each([
    ['Status: RO\nX-Status: AFDT\n', SystemFlag.seen | 2 | 4 | 8 | 16, []],
    ['Status: O\n', 0, []],
    ['X-Keywords: $Label1 Work                   \nX-UID: 12\n', 0, ['$Label1', 'Work']],
    [
      'X-Mozilla-Status: 1007\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: a b  \n',
      7,
      ['a', 'b', '$Forwarded'],
    ],
    ['status: r\r\n', 0, []],
    ['X-Keywords: one,\n two\n\tthree\n', 0, ['one', 'two', 'three']],
  ])('%j', (fields, system, keywords) => {
    const expected = { text: 'Subject: x\nTo: y\n\nStatus: R\n', system, keywords, internal: false };
    expect(take(`${fields}Subject: x\nTo: y\n\nStatus: R\n`)).toEqual(expected);
    expect(take(`Subject: x\n${fields}To: y\n\nStatus: R\n`)).toEqual(expected);
  });

  test('a message without them is left alone, whatever it is', () => {
    for (const text of ['', '\n', 'Status', 'x\n\nStatus: R\n', 'Subject: x\r\n folded\r\n\r\n'])
      expect(take(text)).toEqual({ text, system: 0, keywords: [], internal: false });
    const message = Buffer.from('Subject: x\n\n');
    expect(takeMboxFields(message).octets.buffer).toBe(message.buffer);
  });

  test('what is no mail', () => {
    expect(take('X-Mozilla-Status: 0009\nSubject: removed\n\n').internal).toBe(true);
    const data = "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2\n\nx\n";
    expect(take(data).internal).toBe(true);
    expect(take(data.replace('X-IMAP: 1 2\n', '')).internal).toBe(false);
  });
});

test.each([
  ['From a@b Sat Jan  3 01:05:34 1998', '1998-01-03T01:05:34.000Z'],
  ['From a b Sat Jan 03 01:05 1998', '1998-01-03T01:05:00.000Z'],
  ['From a Sat Jan  3 01:05:34 1998 +0100', '1998-01-03T00:05:34.000Z'],
  ['From a Sat Jan  3 01:05:34 -0230 1998', '1998-01-03T03:35:34.000Z'],
  ['From a Sat Jan  3 01:05:34 CET 1998', '1998-01-03T01:05:34.000Z'],
  ['From a Sat Foo  3 01:05:34 1998', undefined],
  ['From a Sat anJ  3 01:05:34 1998', undefined],
  ['From me to you', undefined],
  ['', undefined],
])('the time of %j', (line, expected) => {
  const time = fromLineDate(line);
  expect(time === undefined ? undefined : new Date(time).toISOString()).toBe(expected);
});
