import { describe, expect, it } from 'vitest';
import { withBudget } from './budget.ts';
import type { Resolver } from './resolver.ts';
import { createZoneResolver } from './zone-resolver.ts';

const zone = createZoneResolver({
  'a.example': { A: ['192.0.2.1'] },
  'b.example': { A: ['192.0.2.2'] },
  'c.example': 'SERVFAIL',
});

describe('withBudget', () => {
  it('counts different questions and refuses the rest', async () => {
    const resolver = withBudget(zone, { queries: 2, milliseconds: 1000 });
    for (let i = 0; i < 5; i++) expect(await resolver.resolve('A.example', 'A')).toEqual(['192.0.2.1']);
    await expect(resolver.resolve('c.example', 'A')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    await expect(resolver.resolve('c.example', 'A')).rejects.toMatchObject({ code: 'ESERVFAIL' });
    await expect(resolver.resolve('b.example', 'A')).rejects.toMatchObject({ code: 'EBUDGET' });
    expect(await resolver.resolve('a.example.', 'A')).toEqual(['192.0.2.1']);
  });

  it('refuses when the time is over', async () => {
    let now = 5;
    const resolver = withBudget(zone, { queries: 9, milliseconds: 100, now: () => now });
    await resolver.resolve('a.example', 'A');
    now = 106;
    await expect(resolver.resolve('b.example', 'A')).rejects.toMatchObject({ code: 'EBUDGET' });
  });

  it('gives up what is under way', async () => {
    const never: Resolver = { resolve: () => new Promise(() => undefined) };
    const resolver = withBudget(never, { queries: 9, milliseconds: 20 });
    const started = performance.now();
    await expect(resolver.resolve('a.example', 'A')).rejects.toMatchObject({ code: 'EBUDGET' });
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
