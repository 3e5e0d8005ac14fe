import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../message/parse.ts';
import { canonicalField, canonicalSignature } from './canonical.ts';
import { coveredFields, fieldText } from './fields.ts';

describe('canonicalField', () => {
  it.each([
    ['A: X\r\n', 'A: X\r\n', 'a:X\r\n'],
    ['B : Y\t\r\n\tZ  \r\n', 'B : Y\t\r\n\tZ  \r\n', 'b:Y Z\r\n'],
    ['Subject:', 'Subject:\r\n', 'subject:\r\n'],
    ['Subject: \n', 'Subject: \r\n', 'subject:\r\n'],
    ['X: a\n b\r\n c', 'X: a\r\n b\r\n c\r\n', 'x:a b c\r\n'],
    ['X:\r\n a: b', 'X:\r\n a: b\r\n', 'x:a: b\r\n'],
    ['X: \xe9\r\r\n', 'X: \xe9\r\r\n', 'x:\xe9\r\r\n'],
  ])('%j', (text, simple, relaxed) => {
    expect(canonicalField(text, 'simple')).toBe(simple);
    expect(canonicalField(text, 'relaxed')).toBe(relaxed);
  });

  it('leaves a canonical field as it is', () => {
    const value = fc.array(fc.constantFrom('a', ' ', '\t', '\r\n ', '\n\t', ':', '\r', '\x80'), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(value, fc.constantFrom('simple', 'relaxed'), (pieces, canonicalization) => {
        const once = canonicalField(`Name:${pieces.join('')}\r\n`, canonicalization);
        expect(canonicalField(once, canonicalization)).toBe(once);
      }),
    );
  });
});

describe('canonicalSignature', () => {
  it.each([
    [
      'DKIM-Signature: a=1; b=abc; bh=def=\r\n',
      'DKIM-Signature: a=1; b=; bh=def=',
      'dkim-signature:a=1; b=; bh=def=',
    ],
    ['S: b=a\r\n b; c=d', 'S: b=; c=d', 's:b=; c=d'],
    ['S: bb=1; b \r\n = \r\n x \r\n', 'S: bb=1; b \r\n =', 's:bb=1; b ='],
    ['S: h=b:c; x=b', 'S: h=b:c; x=b', 's:h=b:c; x=b'],
  ])('%j', (text, simple, relaxed) => {
    expect(canonicalSignature(text, 'simple')).toBe(simple);
    expect(canonicalSignature(text, 'relaxed')).toBe(relaxed);
  });
});

describe('coveredFields', () => {
  const message = parseMessage(
    Buffer.from('X-A: 1\r\nFrom: a@b\r\nx-a: 2\r\nX-A: 3\r\nTo: \xe9\r\n\r\n', 'latin1'),
  );
  const covered = (names: string[]): string[] =>
    coveredFields(message.header, names).map((field) => fieldText(message.raw, field).trim());

  it('takes the lowest first, each once, in the order of the names', () => {
    expect(covered(['x-a', 'to', 'X-A', 'from'])).toEqual(['X-A: 3', 'To: \xe9', 'x-a: 2', 'From: a@b']);
  });

  it('takes nothing for a name without a field left', () => {
    expect(covered(['from', 'from', 'cc'])).toEqual(['From: a@b']);
  });
});
