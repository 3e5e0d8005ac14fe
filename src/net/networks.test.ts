import { describe, expect, it } from 'vitest';
import { networkFault, Networks } from './networks.ts';

describe('Networks', () => {
  const local = new Networks(['127.0.0.0/8', '::1', '2001:db8::/32', '192.0.2.7']);

  it.each(['127.0.0.1', '127.255.0.9', '::1', '2001:db8:1::5', '192.0.2.7', '::ffff:127.0.0.1'])(
    'has %s',
    (address) => {
      expect(local.has(address)).toBe(true);
    },
  );

  it.each(['128.0.0.1', '192.0.2.8', '2001:db9::1', '', 'localhost', undefined])('has not %s', (address) => {
    expect(local.has(address)).toBe(false);
  });

  it.each(['', 'localhost', '127.0.0.0/33', '::1/129', '127.0.0.1/8/8', '127.0.0.1/', '10.0.0.0/-1'])(
    'names the fault of %j',
    (entry) => {
      expect(networkFault(entry)).toContain(`"${entry}"`);
      expect(() => new Networks([entry])).toThrow(TypeError);
    },
  );
});
