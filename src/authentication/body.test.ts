import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relaxedBody, simpleBody } from './body.ts';

const text = (body: Buffer): string => body.toString('latin1');
const simple = (raw: string): string => text(simpleBody(Buffer.from(raw, 'latin1')));
const relaxed = (raw: string): string => text(relaxedBody(Buffer.from(raw, 'latin1')));

describe('simpleBody', () => {
  it.each([
    ['', '\r\n'],
    ['\r\n\r\n', '\r\n'],
    ['a', 'a\r\n'],
    ['a\n\nb\r\n\n\r\n', 'a\r\n\r\nb\r\n'],
    [' C \r\nD \t E\r\n\r\n\r\n', ' C \r\nD \t E\r\n'],
    ['a\r\r\n', 'a\r\r\n'],
    ['\ra\n\r', '\ra\r\n\r\r\n'],
  ])('%j', (raw, canonical) => {
    expect(simple(raw)).toBe(canonical);
  });
});

describe('relaxedBody', () => {
  it.each([
    ['', ''],
    [' \t\r\n\n \r\n', ''],
    ['a', 'a\r\n'],
    [' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
    ['a \n \n\tb\n', 'a\r\n\r\n b\r\n'],
    ['a \r \r\n', 'a \r\r\n'],
    ['\n\na', '\r\n\r\na\r\n'],
  ])('%j', (raw, canonical) => {
    expect(relaxed(raw)).toBe(canonical);
  });
});

it('both leave a canonical body as it is', () => {
  const raw = fc.array(fc.constantFrom('a', ' ', '\t', '\r\n', '\n', '\r', '\x80'), { maxLength: 30 });
  fc.assert(
    fc.property(raw, (pieces) => {
      const body = pieces.join('');
      expect(simple(simple(body))).toBe(simple(body));
      expect(relaxed(relaxed(body))).toBe(relaxed(body));
      expect(relaxed(simple(body))).toBe(relaxed(body));
    }),
  );
});
