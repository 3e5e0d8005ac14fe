import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataDecoder } from './data-decoder.ts';
import type { DataLimits, DecodedData } from './data-decoder.ts';

const OPEN: DataLimits = { size: 1_000_000, line: 0, bare: 'keep' };

interface Outcome {
  result: (Omit<DecodedData, 'raw'> & { text: string }) | undefined;
  used: number;
}

/** Feeds `bytes` cut at the given places. */
function decode(bytes: Buffer, cuts: readonly number[] = [], limits = OPEN): Outcome {
  const decoder = new DataDecoder(limits);
  let used = 0;
  let at = 0;
  for (const end of [...cuts, bytes.length]) {
    if (decoder.result === undefined) used += decoder.push(bytes.subarray(at, end));
    at = end;
  }
  if (decoder.result === undefined) return { result: undefined, used };
  const { raw, ...rest } = decoder.result;
  return { result: { ...rest, text: Buffer.from(raw).toString('latin1') }, used };
}

/** Written for being obvious: the rule of RFC 5321 §4.5.2 on the whole text at once. */
function reference(text: string): { text: string; used: number } | undefined {
  const stream = `\r\n${text}`;
  const end = stream.indexOf('\r\n.\r\n');
  if (end === -1) return undefined;
  const stuffed = stream.slice(0, end + 2);
  return { text: stuffed.replaceAll(/\r\n\./g, '\r\n').slice(2), used: end + 3 };
}

describe('DataDecoder', () => {
  it('undoes leading dots and stops behind the end', () => {
    const { result, used } = decode(Buffer.from('a\r\n..b\r\n.c\r\n\r\n...\r\n.\r\nQUIT\r\n'));
    expect(result?.text).toBe('a\r\n.b\r\nc\r\n\r\n..\r\n');
    expect(used).toBe('a\r\n..b\r\n.c\r\n\r\n...\r\n.\r\n'.length);
  });

  it('takes an empty message', () => {
    expect(decode(Buffer.from('.\r\n')).result?.text).toBe('');
  });

  it('ends at nothing but CRLF dot CRLF: every smuggling sequence, cut at every place', () => {
    const endings = [
      '',
      '\n',
      '\r',
      '\r\n',
      '\n\r',
      '\r\r\n',
      '\n\n',
      '\r\r',
      '\n\r\n',
      '\r\n\n',
      '\r\n\r',
      '\0',
      ' ',
    ];
    const dots = ['.', '..', '\n.', '.\r', '.\n', '.\r\r', '.\0'];
    let cases = 0;
    for (const before of endings)
      for (const dot of dots)
        for (const after of endings) {
          const text = `x${before}${dot}${after}MAIL FROM:<a@b>\r\n.\r\nNOOP\r\n`;
          const expected = reference(text);
          const bytes = Buffer.from(text, 'latin1');
          for (let cut = 0; cut <= before.length + dot.length + after.length + 2; cut++) {
            const { result, used } = decode(bytes, [cut, cut]);
            expect([text, cut, { text: result?.text, used }]).toEqual([text, cut, expected]);
            cases++;
          }
          const bytewise = decode(
            bytes,
            Array.from(bytes, (_, i) => i),
          );
          expect({ text: bytewise.result?.text, used: bytewise.used }).toEqual(expected);
        }
    expect(cases).toBeGreaterThan(5000);
  });

  it('agrees with the plain rule on any bytes, and chunking does not matter', () => {
    const token = fc.constantFrom('\r', '\n', '.', '\r\n', '\r\n.', 'a', '\r\n.\r\n', '\0', '\xff');
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 40 }),
        fc.array(fc.nat(80), { maxLength: 10 }),
        (tokens, cuts) => {
          const text = tokens.join('');
          const bytes = Buffer.from(text, 'latin1');
          const places = cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b);
          const one = decode(bytes);
          const cut = decode(bytes, places);
          expect(cut).toEqual(one);
          const expected = reference(text);
          expect(one.result?.text).toBe(expected?.text);
          if (expected !== undefined) {
            expect(one.used).toBe(expected.used);
            const body = text.slice(0, expected.used);
            expect(one.result?.bareLf).toBe(/(?<!\r)\n/.test(body));
            expect(one.result?.bareCr).toBe(/\r(?!\n)/.test(body));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('makes bare line endings CRLF when told to, without ending the message there', () => {
    const limits: DataLimits = { ...OPEN, bare: 'normalise' };
    const { result } = decode(Buffer.from('a\nb\rc\n.\nd\r\r\n.\r\n'), [], limits);
    expect(result?.text).toBe('a\r\nb\r\nc\r\n.\r\nd\r\n\r\n');
    expect(result).toMatchObject({ bareLf: true, bareCr: true });
  });

  it('reads a message over the limit to its end without keeping it', () => {
    const { result, used } = decode(Buffer.from(`${'x'.repeat(50)}\r\n.\r\n`), [10, 20], {
      ...OPEN,
      size: 40,
    });
    expect(result).toMatchObject({ tooLarge: true, size: 52 });
    expect(result?.text.length).toBeLessThanOrEqual(40);
    expect(used).toBe(55);
  });

  it('notes a line over the limit', () => {
    expect(decode(Buffer.from('12345\r\n.\r\n'), [2], { ...OPEN, line: 5 }).result?.lineTooLong).toBe(false);
    expect(decode(Buffer.from('123456\r\n.\r\n'), [2], { ...OPEN, line: 5 }).result?.lineTooLong).toBe(true);
  });

  it('keeps messages in shared memory, whole over many growths', () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} of a longer message`);
    const text = `${lines.join('\r\n')}\r\n`;
    const decoder = new DataDecoder(OPEN);
    const bytes = Buffer.from(`${text}.\r\n`);
    for (let at = 0; at < bytes.length; at += 1000) decoder.push(bytes.subarray(at, at + 1000));
    const raw = decoder.result?.raw ?? new Uint8Array();
    expect(raw.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(Buffer.from(raw).toString()).toBe(text);
    expect(raw.buffer.byteLength).toBeLessThanOrEqual(raw.length * 1.25);
  });
});
