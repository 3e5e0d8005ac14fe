import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSrs } from './srs.ts';

const DAY = 86_400_000;
const secret = (text: string): Uint8Array => Buffer.from(text);
const at = (days: number, ...secrets: string[]) =>
  createSrs({ secrets: (secrets.length === 0 ? ['key'] : secrets).map(secret), now: () => days * DAY });
const srs = at(20_000);

describe('SRS', () => {
  test('a sender, and back', () => {
    const address = srs.forward('carl@there.example', 'here.example');
    expect(address).toMatch(/^SRS0=[a-z2-7]{8}=[a-z2-7]{2}=there\.example=carl@here\.example$/);
    expect(srs.reverse(address)).toBe('carl@there.example');
  });

  test('whatever the local part holds', () => {
    const local = fc.stringMatching(/^[a-zA-Z0-9=+_.-]{1,40}$/);
    fc.assert(
      fc.property(local, fc.domain(), (local, domain) => {
        fc.pre(!/^srs[01][=+-]/i.test(local));
        expect(srs.reverse(srs.forward(`${local}@${domain}`, 'here.example'))).toBe(`${local}@${domain}`);
      }),
      { numRuns: 300 },
    );
  });

  test('a server between that folds the case does no harm', () => {
    const address = srs.forward('Carl@There.example', 'here.example');
    expect(srs.reverse(address.toLowerCase())).toBe('carl@there.example');
    expect(srs.reverse(address.toUpperCase())).toBe('CARL@THERE.EXAMPLE');
  });

  test('a sender that was rewritten before keeps the way to the first server only', () => {
    const first = at(20_000, 'first').forward('carl@there.example', 'first.example');
    const second = at(20_000, 'second').forward(first, 'second.example');
    expect(second).toMatch(
      /^SRS1=[a-z2-7]{8}=first\.example==[a-z2-7]{8}=..=there\.example=carl@second\.example$/,
    );
    const third = srs.forward(second, 'here.example');
    expect(third).toMatch(
      /^SRS1=[a-z2-7]{8}=first\.example==[a-z2-7]{8}=..=there\.example=carl@here\.example$/,
    );
    expect(srs.reverse(third)).toBe(first);
    expect(at(20_000, 'second').reverse(second)).toBe(first);
    expect(at(20_000, 'first').reverse(first)).toBe('carl@there.example');
  });

  test('the separators of other servers are kept', () => {
    const foreign = 'SRS0+abcd=xy=there.example=carl@first.example';
    expect(srs.reverse(srs.forward(foreign, 'here.example'))).toBe(foreign);
    expect(srs.reverse(srs.forward(foreign.replace('+', '-'), 'here.example'))).toBe(
      foreign.replace('+', '-'),
    );
  });

  test('nobody else can make one, and nobody can change one', () => {
    const address = srs.forward('carl@there.example', 'here.example');
    expect(at(20_000, 'other').reverse(address)).toBeUndefined();
    expect(srs.reverse(address.replace('carl', 'dora'))).toBeUndefined();
    expect(srs.reverse(address.replace('there', 'where'))).toBeUndefined();
    const again = srs.forward('SRS0=abcd=xy=there.example=carl@first.example', 'here.example');
    expect(srs.reverse(again.replace('first.example', 'evil.example'))).toBeUndefined();
    expect(srs.reverse(again.replace('carl', 'dora'))).toBeUndefined();
    // The hash of one form does not do for the other.
    expect(srs.reverse(again.replace('SRS1', 'SRS0'))).toBeUndefined();
  });

  test('it lasts 21 days, also where the count of days begins anew', () => {
    for (const day of [20_000, 1024 * 20 - 5]) {
      const address = at(day).forward('carl@there.example', 'here.example');
      expect(at(day + 21).reverse(address)).toBe('carl@there.example');
      expect(at(day + 22).reverse(address)).toBeUndefined();
      expect(at(day - 2).reverse(address)).toBeUndefined();
    }
  });

  test('a secret that was replaced is still believed', () => {
    const old = at(20_000, 'old').forward('carl@there.example', 'here.example');
    expect(at(20_000, 'new', 'old').reverse(old)).toBe('carl@there.example');
    const fresh = at(20_000, 'new', 'old').forward('carl@there.example', 'here.example');
    expect(at(20_000, 'old').reverse(fresh)).toBeUndefined();
    expect(() => createSrs({ secrets: [], now: () => 0 })).toThrow(TypeError);
  });

  test('what cannot be rewritten stays as it is', () => {
    for (const sender of [
      '',
      'nobody',
      '"a b"@there.example',
      'carl@[192.0.2.1]',
      `${'x'.repeat(250)}@there.example`,
    ])
      expect(srs.forward(sender, 'here.example')).toBe(sender);
  });

  test('what is no such address is none', () => {
    for (const text of [
      '',
      '@',
      'carl@there.example',
      'SRS0=@x',
      'srs0=a=b=c@x',
      'SRS1=a==@x',
      'SRS0',
      'SRS1=a@x',
    ])
      expect(srs.reverse(text)).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(srs.reverse(`SRS0=${text}@here.example`)).toBeUndefined();
        expect(srs.reverse(`SRS1=${text}@here.example`)).toBeUndefined();
        srs.forward(text, 'here.example');
      }),
      { numRuns: 300 },
    );
  });
});
