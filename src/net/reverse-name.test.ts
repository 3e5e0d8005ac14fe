import { describe, expect, it } from 'vitest';
import { reverseName, sameAddress } from './reverse-name.ts';

describe('reverseName', () => {
  it.each([
    ['192.0.2.1', '1.2.0.192.in-addr.arpa'],
    ['::ffff:192.0.2.1', '1.2.0.192.in-addr.arpa'],
    ['::ffff:c000:201', '1.2.0.192.in-addr.arpa'],
    ['2001:db8::abcd', `d.c.b.a.${'0.'.repeat(20)}8.b.d.0.1.0.0.2.ip6.arpa`],
    ['fe80::1%eth0', `1.${'0.'.repeat(28)}8.e.f.ip6.arpa`],
  ])('%s', (address, name) => {
    expect(reverseName(address)).toBe(name);
  });

  it.each(['', 'localhost', '127.1', '2130706433', '0x7f.0.0.1', '1.2.3.256', '::g', '1.2.3.4.5'])(
    'is nothing for %j',
    (text) => {
      expect(reverseName(text)).toBeUndefined();
    },
  );
});

describe('sameAddress', () => {
  it('compares addresses, not texts', () => {
    expect(sameAddress('::1', '0:0:0:0:0:0:0:1')).toBe(true);
    expect(sameAddress('2001:DB8::1', '2001:db8::1')).toBe(true);
    expect(sameAddress('::ffff:192.0.2.1', '192.0.2.1')).toBe(true);
    expect(sameAddress('192.0.2.1', '192.0.2.2')).toBe(false);
    expect(sameAddress('x', 'x')).toBe(false);
  });
});
