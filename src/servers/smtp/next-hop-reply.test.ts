import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineTooLong } from '../../net/lines.ts';
import { ehloFeatures, passedReply, ReplyReader, ReplySyntaxError } from './next-hop-reply.ts';
import type { NextHopReply } from './next-hop-reply.ts';

describe('ReplyReader', () => {
  it('reads one line, several lines, and several replies at once', () => {
    expect(
      new ReplyReader().push(Buffer.from('250 ok\r\n550-5.1.1 no\r\n550 5.1.1 such\r\n354\r\n')),
    ).toEqual([
      { code: 250, lines: ['ok'] },
      { code: 550, lines: ['5.1.1 no', '5.1.1 such'] },
      { code: 354, lines: [''] },
    ]);
  });

  it('reads the same however it is cut', () => {
    const bytes = Buffer.from('220 x ESMTP\r\n250-a\r\n250-SIZE 10\r\n250 DSN\r\n221 2.0.0 bye\r\n');
    const whole = new ReplyReader().push(bytes);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 })), (sizes) => {
        const reader = new ReplyReader();
        const replies: NextHopReply[] = [];
        let at = 0;
        for (const size of [...sizes, bytes.length]) {
          replies.push(...reader.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(replies).toEqual(whole);
        expect(reader.pending).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it.each(['HTTP/1.1 400 Bad\r\n', '250-a\r\n550 b\r\n', '99 x\r\n', '250xok\r\n', '\r\n'])(
    'refuses %j',
    (text) => {
      expect(() => new ReplyReader().push(Buffer.from(text))).toThrow(ReplySyntaxError);
    },
  );

  it('bounds lines and their number', () => {
    expect(() => new ReplyReader().push(Buffer.from(`250 ${'x'.repeat(5000)}`))).toThrow(LineTooLong);
    expect(() => new ReplyReader().push(Buffer.from('250-x\r\n'.repeat(300)))).toThrow(ReplySyntaxError);
  });
});

describe('passedReply', () => {
  it('keeps code, enhanced code and text', () => {
    expect(passedReply({ code: 550, lines: ['5.1.1 <b@c>: no such user', '5.1.1 here'] })).toEqual({
      code: 550,
      enhanced: '5.1.1',
      text: ['<b@c>: no such user', 'here'],
    });
    expect(passedReply({ code: 450, lines: ['try later'] })).toEqual({
      code: 450,
      enhanced: '4.0.0',
      text: 'try later',
    });
  });

  it('believes no enhanced code of another class, and makes 421 a 451', () => {
    expect(passedReply({ code: 550, lines: ['2.0.0 fine'] }).enhanced).toBe('5.0.0');
    expect(passedReply({ code: 421, lines: ['4.3.2 going down'] })).toMatchObject({
      code: 451,
      enhanced: '4.3.2',
    });
  });

  it('passes on printable text only', () => {
    expect(passedReply({ code: 550, lines: ['a\rb\0c\xe9'] }).text).toBe('a b?c?');
  });
});

it('ehloFeatures reads keywords and parameters', () => {
  const features = ehloFeatures({
    code: 250,
    lines: ['mx hello SIZE', 'size 1000', 'AUTH=PLAIN LOGIN', '8BITMIME'],
  });
  expect([...features]).toEqual([
    ['SIZE', '1000'],
    ['AUTH', 'PLAIN LOGIN'],
    ['8BITMIME', ''],
  ]);
});
