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
    await expect(resolver.resolve('a.example', 'A')).rejects.toMatchObject({ code: 'EBUDGET' });
  });
});

describe('lookup with a budget', () => {
  it('passes on what is authentic, and knows of nothing authentic where the resolver does not', async () => {
    const signed = createZoneResolver({ 'a.example': { A: ['192.0.2.1'], SIGNED: ['yes'] } });
    const plain: Resolver = { resolve: (name, type) => signed.resolve(name, type) };
    const budget = { queries: 9, milliseconds: 1_000 };
    const found = { records: ['192.0.2.1'] };
    expect(await withBudget(signed, budget).lookup('a.example', 'A')).toEqual({ ...found, authentic: true });
    expect(await withBudget(plain, budget).lookup('a.example', 'A')).toEqual({ ...found, authentic: false });
  });

  it('ends waits when it is closed', async () => {
    const never: Resolver = { resolve: () => new Promise(() => undefined) };
    const resolver = withBudget(never, { queries: 9, milliseconds: 60_000 });
    const asked = [resolver.resolve('a.example', 'A'), resolver.resolve('b.example', 'A')];
    resolver.close();
    asked.push(resolver.resolve('c.example', 'A'));
    for (const outcome of await Promise.allSettled(asked))
      expect(outcome).toMatchObject({ reason: { code: 'EBUDGET' } });
  });
});
