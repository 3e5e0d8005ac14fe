import { describe, expect, it } from 'vitest';
import { withBudget } from '../net/budget.ts';
import type { RecordType, Resolver } from '../net/resolver.ts';
import type { Zone } from '../net/zone-resolver.ts';
import { createZoneResolver } from '../net/zone-resolver.ts';
import { checkReverseName } from './iprev.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `n${index}.example`);

async function check(zone: Zone, address = '192.0.2.1') {
  const base = createZoneResolver(zone);
  let asked = 0;
  const resolver: Resolver = {
    resolve<T extends RecordType>(name: string, type: T) {
      asked++;
      return base.resolve(name, type);
    },
  };
  return { result: await checkReverseName(address, resolver), asked };
}

describe('checkReverseName', () => {
  it('is content with one of several names', async () => {
    const zone: Zone = {
      '192.0.2.1': { PTR: ['other.example', 'gone.example', 'mail.example'] },
      'other.example': { A: ['192.0.2.2'] },
      'mail.example': { A: ['192.0.2.9', '192.0.2.1'] },
    };
    expect(await check(zone)).toEqual({ result: 'pass', asked: 4 });
  });

  it('looks up ten names, of whatever number', async () => {
    const zone: Zone = { '192.0.2.1': { PTR: names(200) }, 'n10.example': { A: ['192.0.2.1'] } };
    expect(await check(zone)).toEqual({ result: 'fail', asked: 11 });
    expect((await check({ ...zone, 'n9.example': { A: ['192.0.2.1'] } })).result).toBe('pass');
  });

  it('compares addresses, not their spelling', async () => {
    const zone: Zone = {
      '2001:db8::1': { PTR: ['mail.example'] },
      'mail.example': { AAAA: ['2001:DB8:0::0:1'] },
    };
    expect((await check(zone, '2001:db8:0:0::1')).result).toBe('pass');
    // A records say nothing of an IPv6 address.
    const other: Zone = { '2001:db8::1': { PTR: ['mail.example'] }, 'mail.example': { A: ['192.0.2.1'] } };
    expect((await check(other, '2001:db8::1')).result).toBe('fail');
  });

  it('does not know while a name may still lead back', async () => {
    const zone: Zone = { '192.0.2.1': { PTR: ['slow.example', 'other.example'] }, 'slow.example': 'TIMEOUT' };
    expect((await check(zone)).result).toBe('temperror');
    expect((await check({ ...zone, 'other.example': { A: ['192.0.2.1'] } })).result).toBe('pass');
  });

  it('keeps to the budget, and answers for what is no address', async () => {
    const zone = createZoneResolver({ '192.0.2.1': { PTR: names(10) } });
    const resolver = withBudget(zone, { queries: 3, milliseconds: 1_000 });
    expect(await checkReverseName('192.0.2.1', resolver)).toBe('temperror');
    expect((await check({}, 'nonsense')).result).toBe('none');
    expect((await check({})).result).toBe('permerror');
  });
});
