import { describe, expect, it } from 'vitest';
import type { Answer, AnswerSource } from './cache.ts';
import { withCache } from './cache.ts';
import { DnsError } from './resolver.ts';
import type { DnsErrorCode, RecordType } from './resolver.ts';

/** A source that counts its questions and answers with what it is given. */
function fakeSource(answer: (name: string) => Partial<Answer<RecordType>> | DnsErrorCode) {
  const asked: string[] = [];
  const source: AnswerSource = {
    async ask<T extends RecordType>(name: string, type: T): Promise<Answer<T>> {
      asked.push(`${type} ${name}`);
      const said = answer(name);
      if (typeof said === 'string') throw new DnsError(said, name, type);
      return { records: [], ttl: undefined, authentic: false, ...said } as Answer<T>;
    },
    close: () => undefined,
  };
  return { asked, source };
}

describe('withCache', () => {
  it('joins equal questions under way, whatever their case', async () => {
    const { asked, source } = fakeSource(() => ({ records: ['192.0.2.1'], ttl: 0 }));
    const resolver = withCache(source, { entries: 10 });
    const answers = await Promise.all([
      resolver.resolve('a.example', 'A'),
      resolver.resolve('A.example.', 'A'),
    ]);
    expect(answers).toEqual([['192.0.2.1'], ['192.0.2.1']]);
    expect(asked).toEqual(['A a.example']);
  });

  it('remembers for the TTL, within the ceilings', async () => {
    let now = 0;
    const { asked, source } = fakeSource((name) =>
      name === 'long.example' ? { records: ['x'], ttl: 1e9 } : { records: ['x'], ttl: 60 },
    );
    const resolver = withCache(source, { entries: 10, now: () => now });
    for (const seconds of [0, 59, 61, 3599, 3601]) {
      now = seconds * 1000;
      await resolver.resolve('long.example', 'A');
      await resolver.resolve('minute.example', 'TXT');
    }
    expect(asked.filter((question) => question === 'A long.example')).toHaveLength(2);
    expect(asked.filter((question) => question === 'TXT minute.example')).toHaveLength(3);
  });

  it.each([
    ['ENOTFOUND', { nonexistent: true, ttl: 100 }, 100],
    ['ENODATA', { ttl: 100 }, 100],
    ['ENOTFOUND', { nonexistent: true, ttl: 86_400 }, 300],
    ['ENODATA', {}, 5],
  ] as const)('remembers a denial (%s, %j) for %i s', async (code, denial, seconds) => {
    let now = 0;
    const { asked, source } = fakeSource(() => denial);
    const resolver = withCache(source, { entries: 10, now: () => now });
    for (const at of [0, seconds - 1, seconds + 1]) {
      now = at * 1000;
      await expect(resolver.resolve('a.example', 'A')).rejects.toMatchObject({ code });
    }
    expect(asked).toHaveLength(2);
  });

  it('tells what is authentic, also from memory', async () => {
    const { source } = fakeSource((name) => ({ records: ['x'], ttl: 9, authentic: name === 'a.example' }));
    const resolver = withCache(source, { entries: 10 });
    for (let i = 0; i < 2; i++) {
      expect(await resolver.lookup('a.example', 'A')).toEqual({ records: ['x'], authentic: true });
      expect(await resolver.lookup('b.example', 'A')).toEqual({ records: ['x'], authentic: false });
    }
  });

  it.each([
    ['ESERVFAIL', 5],
    ['ETIMEOUT', 5],
  ] as const)('remembers %s for %i s', async (code, seconds) => {
    let now = 0;
    const { asked, source } = fakeSource(() => code);
    const resolver = withCache(source, { entries: 10, now: () => now });
    for (const at of [0, seconds - 1, seconds + 1]) {
      now = at * 1000;
      await expect(resolver.resolve('a.example', 'A')).rejects.toMatchObject({ code });
    }
    expect(asked).toHaveLength(2);
  });

  it('forgets the least recently used', async () => {
    const { asked, source } = fakeSource(() => ({ records: ['x'], ttl: 60 }));
    const resolver = withCache(source, { entries: 2 });
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await resolver.resolve(name, 'A');
    expect(asked).toEqual(['A a', 'A b', 'A c', 'A b']);
  });

  it('remembers what is new also when all the others are in use', async () => {
    const { asked, source } = fakeSource(() => ({ records: ['x'], ttl: 60 }));
    const resolver = withCache(source, { entries: 3 });
    for (const name of ['a', 'b', 'c', 'a', 'b', 'c', 'd', 'd', 'b', 'c']) await resolver.resolve(name, 'A');
    expect(asked).toEqual(['A a', 'A b', 'A c', 'A d']);
  });

  it('remembers nothing when it has no room', async () => {
    const { asked, source } = fakeSource(() => ({ records: ['x'], ttl: 60 }));
    const resolver = withCache(source, { entries: 0 });
    for (let i = 0; i < 2; i++) await resolver.resolve('a', 'A');
    expect(asked).toHaveLength(2);
  });

  it('bounds what it remembers by bytes', async () => {
    const text = 'x'.repeat(30_000);
    const { asked, source } = fakeSource(() => ({ records: [[text]], ttl: 60 }));
    const resolver = withCache(source, { entries: 10_000 });
    for (let i = 0; i < 700; i++) await resolver.resolve(`n${i}.example`, 'TXT');
    await resolver.resolve('n0.example', 'TXT');
    await resolver.resolve('n699.example', 'TXT');
    expect(asked).toHaveLength(701);
  });

  it.each([
    ['too many records', Array.from({ length: 257 }, () => '192.0.2.1')],
    ['too many bytes', [['x'.repeat(40_000)]]],
    ['too many chunks', [Array.from({ length: 60_000 }, () => '')]],
  ])('takes %s as a failure of the server', async (_, records) => {
    const resolver = withCache(fakeSource(() => ({ records })).source, { entries: 10 });
    await expect(resolver.resolve('a.example', 'TXT')).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });

  it('takes an empty answer as no data, and a foreign error as a failure', async () => {
    await expect(
      withCache(fakeSource(() => ({ records: [] })).source, { entries: 1 }).resolve('a.example', 'A'),
    ).rejects.toMatchObject({ code: 'ENODATA' });
    const broken: AnswerSource = {
      ask: () => Promise.reject(new TypeError('no')),
      close: () => undefined,
    };
    await expect(withCache(broken, { entries: 1 }).resolve('a.example', 'A')).rejects.toMatchObject({
      code: 'ESERVFAIL',
    });
  });

  it.each(['', '.', 'a..example', 'ä.example', 'a\0.example', `${'x'.repeat(64)}.example`, 'x.'.repeat(130)])(
    'asks nobody for %j',
    async (name) => {
      const { asked, source } = fakeSource(() => ({ records: ['x'] }));
      await expect(withCache(source, { entries: 1 }).resolve(name, 'A')).rejects.toMatchObject({
        code: 'ENOTFOUND',
      });
      expect(asked).toEqual([]);
    },
  );

  it('hands out copies', async () => {
    const resolver = withCache(fakeSource(() => ({ records: ['x'], ttl: 60 })).source, { entries: 1 });
    (await resolver.resolve('a.example', 'A')).length = 0;
    expect(await resolver.resolve('a.example', 'A')).toEqual(['x']);
  });
});
