import { describe, expect, test } from 'vitest';
import { baseSubject } from './base-subject.ts';

describe('base subject', () => {
  test.each([
    ['plain', 'plain', false],
    ['Re: plain', 'plain', true],
    ['RE : plain', 'plain', true],
    ['re[2]: plain', 'plain', true],
    ['Fw: Fwd: re: plain', 'plain', true],
    ['plain (fwd)', 'plain', true],
    ['plain (FWD) (fwd)  ', 'plain', true],
    ['[list] plain', 'plain', false],
    ['[list] Re: [list] plain', 'plain', true],
    ['Re: [list]', '[list]', true],
    ['[one] [two]', '[two]', false],
    ['[fwd: plain]', 'plain', true],
    ['[Fwd: Re: [fwd: plain (fwd)]]', 'plain', true],
    ['regarding: plain', 'regarding: plain', false],
    ['Re', 'Re', false],
    ['Re:', '', true],
    ['', '', false],
    ['a\t b\r\n c', 'a b c', false],
    ['[a[b] plain', '[a[b] plain', false],
  ])('of %j', (subject, text, reply) => {
    expect(baseSubject(subject)).toEqual({ text, reply });
  });

  test('cuts long subjects', () => {
    for (const piece of ['Re: ', '[x] ', '[', '(fwd)', 're ', '[fwd: ', 're[1]'])
      expect(baseSubject(piece.repeat(50_000)).text.length).toBeLessThanOrEqual(2_000);
  });
});
