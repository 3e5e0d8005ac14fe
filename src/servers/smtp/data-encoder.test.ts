import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataDecoder } from './data-decoder.ts';
import { encodeData } from './data-encoder.ts';

const encode = (...pieces: string[]): string =>
  Buffer.concat([...encodeData(pieces.map((piece) => Buffer.from(piece, 'latin1')))]).toString('latin1');

describe('encodeData', () => {
  it('stuffs dots at the start of lines, also at the start of the message and across pieces', () => {
    expect(encode('.a\r\nb.\r\n', '.c\r', '\n', '..\r\n')).toBe('..a\r\nb.\r\n..c\r\n...\r\n.\r\n');
  });

  it('ends the last line', () => {
    expect(encode('a')).toBe('a\r\n.\r\n');
    expect(encode('a\r')).toBe('a\r\n.\r\n');
    expect(encode('')).toBe('.\r\n');
  });

  it('never sends a bare CR or LF', () => {
    expect(encode('a\n.\nb\r.\r', 'c')).toBe('a\r\n..\r\nb\r\n..\r\nc\r\n.\r\n');
  });

  it('does not copy what it need not', () => {
    const big = Buffer.alloc(100_000, 'x');
    const sent = [...encodeData([big])];
    expect(sent[0]?.buffer).toBe(big.buffer);
    expect(sent).toHaveLength(3);
  });

  it('is undone by the decoder, however it is cut', () => {
    const token = fc.constantFrom('.', '..', '\r\n', 'a', '\r\n.\r\n', '\n', '\r', '\xe4');
    fc.assert(
      fc.property(fc.array(fc.array(token, { maxLength: 8 }), { maxLength: 8 }), (parts) => {
        const pieces = parts.map((part) => part.join(''));
        const bytes = Buffer.from(encode(...pieces), 'latin1');
        const decoder = new DataDecoder({ size: 10_000, line: 0, bare: 'keep' });
        expect(decoder.push(bytes)).toBe(bytes.length);
        const text = pieces.join('').replaceAll(/\r\n|\r|\n/g, '\r\n');
        const whole = text === '' || text.endsWith('\r\n') ? text : `${text}\r\n`;
        expect(Buffer.from(decoder.result?.raw ?? []).toString('latin1')).toBe(whole);
        expect(decoder.result).toMatchObject({ bareCr: false, bareLf: false });
      }),
      { numRuns: 400 },
    );
  });
});
