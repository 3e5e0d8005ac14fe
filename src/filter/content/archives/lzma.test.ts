import { expect, test } from 'vitest';
import { decodeLzma, decodeLzma2 } from './lzma.ts';

const plain = Buffer.concat([
  Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(40)),
  ...Array.from({ length: 3 }, () => Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))),
  Buffer.from('abcabcabc'.repeat(500)),
]);
/** Made by liblzma of the text above, with a dictionary of 64 KB. */
const lzma = Buffer.from(
  'ACoaCKIDJWbxS3jFogX/LubZ0iAarTT44h3oQTb63AZpuzzkEDQnCeuzZuPtN5jtkq3VJ0UIMF5dcR2x4loPWXKbm07mEh4d6UQW' +
    'oMC6Vm40+r9rvsfNzRxRnYxWH0hWb4pt82RO8n8N9nBkTHwtIAixiVs32K5uvS2Z7gDkw7jzDEWrltk1eCX5Bn6MxxktNBKSRwxY' +
    '7/WXN7jy4bz/ap35r4hLxksTzqO2Yrb7ohYi5rgfb7scGdgGuAj2jNdcFkeLwqEFkbJA03MsX1o4Ab3cCKMZw4lVyYxxkRIvbOPx' +
    'O93q0V8Kl2MmsySgYqDP7+84STbGgMY83RhhpbOdsSq0g0VDUpyT1Rb7yiAzBNSbhHrIdQ4e7IlKWwAIzS4+tqlEMq+HtR0bb+J9' +
    'y0hX8/VdU+7C+qf4X/V+/5Q2lQA=',
  'base64',
);
const lzma2 = Buffer.from(
  '4BubATldACoaCKIDJWbxS3jFogX/LubZ0iAarTT44h3oQTb63AZpuzzkEDQnCeuzZuPtN5jtkq3VJ0UIMF5dcR2x4loPWXKbm07m' +
    'Eh4d6UQWoMC6Vm40+r9rvsfNzRxRnYxWH0hWb4pt82RO8n8N9nBkTHwtIAixiVs32K5uvS2Z7gDkw7jzDEWrltk1eCX5Bn6Mxxkt' +
    'NBKSRwxY7/WXN7jy4bz/ap35r4hLxksTzqO2Yrb7ohYi5rgfb7scGdgGuAj2jNdcFkeLwqEFkbJA03MsX1o4Ab3cCKMZw4lVyYxx' +
    'kRIvbOPxO93q0V8Kl2MmsySgYqDP7+84STbGgMY83RhhpbOdsSq0g0VDUpyT1Rb7yiAzBNSbhHrIdQ4e7IlKWwAIzS4+tqlEMq+H' +
    'tR0bb+J9y0hX8/VdU+7C+qbi7MAA',
  'base64',
);
const properties = Buffer.from([0x5d, 0, 0, 1, 0]);

test('undoes LZMA and LZMA2', () => {
  expect(Buffer.from(decodeLzma(lzma, properties, plain.length) ?? [])).toEqual(plain);
  expect(Buffer.from(decodeLzma2(lzma2, plain.length) ?? [])).toEqual(plain);
});

test('plain chunks of LZMA2', () => {
  expect(Buffer.from(decodeLzma2(Buffer.from([1, 0, 2, 0x61, 0x62, 0x63, 0]), 3) ?? []).toString()).toBe(
    'abc',
  );
  expect(decodeLzma2(Buffer.from([1, 0, 2, 0x61, 0x62, 0x63, 0]), 4)).toBeUndefined();
});

test('says that something else is none, and never reads beyond the end', () => {
  expect(decodeLzma(lzma.subarray(0, 100), properties, plain.length)).toBeUndefined();
  expect(decodeLzma(lzma, Buffer.from([0xff, 0, 0, 0, 0]), 10)).toBeUndefined();
  expect(decodeLzma2(lzma2.subarray(0, 100), plain.length)).toBeUndefined();
  expect(decodeLzma2(Buffer.from([0x90, 0, 0, 0, 0]), 10)).toBeUndefined();
  expect(decodeLzma2(new Uint8Array(), 1)).toBeUndefined();
});
