import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader, LineTooLong } from './lines.ts';

describe('LineReader', () => {
  it('drops CRLF and LF, and keeps what is unfinished', () => {
    const reader = new LineReader(100);
    expect(reader.push(Buffer.from('220 a\r\n250-b\n250 '))).toEqual(['220 a', '250-b']);
    expect(reader.pending).toBe(4);
    expect(reader.push(Buffer.from('c\r'))).toEqual([]);
    expect(reader.push(Buffer.from('\n'))).toEqual(['250 c']);
    expect(reader.pending).toBe(0);
  });

  it('gives the same lines however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '\r', '\n', '\r\n', 'bc', '\u00e9'), { maxLength: 60 }),
        fc.array(fc.nat(40)),
        (tokens, cuts) => {
          const bytes = Buffer.from(tokens.join(''), 'latin1');
          const whole = new LineReader(1000).push(bytes);
          const reader = new LineReader(1000);
          const pieces: string[] = [];
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            pieces.push(...reader.push(bytes.subarray(at, Math.max(at, at + cut))));
            at = Math.min(bytes.length, at + cut);
          }
          expect(pieces).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('refuses a line over its limit, finished or not', () => {
    expect(new LineReader(4).push(Buffer.from('abcd\r\n'))).toEqual(['abcd']);
    expect(() => new LineReader(4).push(Buffer.from('abcde\r\n'))).toThrow(LineTooLong);
    const reader = new LineReader(4);
    expect(reader.push(Buffer.from('abcd\r'))).toEqual([]);
    expect(() => reader.push(Buffer.from('x'))).toThrow(LineTooLong);
  });
});
