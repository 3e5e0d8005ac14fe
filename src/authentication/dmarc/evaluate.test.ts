import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTime } from '../../../test/support/cpu.ts';
import { parseMessage } from '../../message/parse.ts';
import type { RecordType, Resolver } from '../../net/resolver.ts';
import type { Zone } from '../../net/zone-resolver.ts';
import { createZoneResolver } from '../../net/zone-resolver.ts';
import { authorsOf, oneDomain } from './authors.ts';
import { evaluateDmarc } from './evaluate.ts';
import { publicSuffixList } from './public-suffix.ts';
import { treeWalk } from './tree-walk.ts';

function counting(zone: Zone): { resolver: Resolver; asked: string[] } {
  const base = createZoneResolver(zone);
  const asked: string[] = [];
  return {
    asked,
    resolver: {
      resolve<T extends RecordType>(name: string, type: T) {
        asked.push(`${type} ${name}`);
        return base.resolve(name, type);
      },
    },
  };
}

interface Case {
  from?: string;
  spf?: string;
  dkim?: string[];
  method?: typeof treeWalk;
}

async function evaluate(zone: Zone, { from = 'example.com', spf = '', dkim = [], method = treeWalk }: Case) {
  const { resolver, asked } = counting(zone);
  const evaluation = await evaluateDmarc({
    authors: oneDomain([`a@${from}`]),
    spf: { result: spf === '' ? 'fail' : 'pass', domain: spf, identity: 'mailfrom' },
    dkim: dkim.map((domain) => ({ result: 'pass', domain, selector: 's', aligned: false })),
    resolver,
    method,
  });
  return { ...evaluation.result, asked, signers: [...evaluation.alignedSigners] };
}

const at = (domain: string, tags: string) => ({ [`_dmarc.${domain}`]: { TXT: [`v=DMARC1; ${tags}`] } });

describe('what reports need', () => {
  it('is there when a record is', async () => {
    const zone = at('example.com', 'p=reject; sp=none; t=y; rua=mailto:r@example.com');
    const result = await evaluate(zone, { spf: 'mail.example.com', dkim: ['other.example', 'example.com'] });
    expect(result).toMatchObject({
      result: 'pass',
      policy: 'quarantine',
      publishedPolicy: 'reject',
      policyDomain: 'example.com',
      organizationalDomain: 'example.com',
      discovery: 'treewalk',
      spfAligned: true,
      dkimAligned: true,
      signers: ['example.com'],
      record: { p: 'reject', sp: 'none', testing: true, rua: ['mailto:r@example.com'] },
    });
  });

  it('is not where there is none', async () => {
    expect(await evaluate({}, { dkim: ['example.com'] })).not.toHaveProperty('record');
  });
});

describe('the tree walk', () => {
  it('asks eight questions at most, for each identifier', async () => {
    const deep = `${'a.'.repeat(30)}example.com`;
    const { asked } = await evaluate({}, { from: deep });
    expect(asked).toHaveLength(8);
    expect(asked[1]).toBe('TXT _dmarc.a.a.a.a.a.example.com');
  });

  it('asks for a name once, however many signatures there are', async () => {
    const zone = at('example.com', 'p=reject');
    const dkim = Array.from({ length: 20 }, (_, index) => `s${index}.example.com`);
    const result = await evaluate(zone, { dkim: [...dkim, ...dkim] });
    expect(result.asked).toHaveLength(new Set(result.asked).size);
    // What ten walks have not shown is not known.
    expect(result.signers).toEqual(dkim.slice(0, 10));
    expect(result.result).toBe('pass');
  });

  it('leaves open what was beyond the walks', async () => {
    const dkim = Array.from({ length: 11 }, (_, index) => `s${index}.example.com`);
    const own = dkim.map((domain) => at(domain, 'p=none; psd=n'));
    const zone: Zone = Object.assign({}, at('example.com', 'p=reject'), ...own);
    expect(await evaluate(zone, { dkim })).toMatchObject({
      result: 'temperror',
      reason: 'too many domains to align',
    });
  });

  it('does not walk for domains that cannot be aligned', async () => {
    const { asked, result } = await evaluate(at('example.com', 'p=reject'), {
      dkim: ['x.example.org', 'com'],
    });
    expect(asked).toEqual(['TXT _dmarc.example.com', 'TXT _dmarc.com']);
    expect(result).toBe('fail');
  });

  it('does not ask for names that cannot be', async () => {
    const { asked } = await evaluate({}, { from: `${'x'.repeat(64)}.example.com` });
    expect(asked).toEqual(['TXT _dmarc.example.com', 'TXT _dmarc.com']);
  });
});

describe('the Public Suffix List', () => {
  const method = publicSuffixList;

  it('asks the author and the organization', async () => {
    const zone = at('example.co.uk', 'p=quarantine; sp=reject');
    const result = await evaluate(zone, { from: 'a.b.example.co.uk', dkim: ['c.example.co.uk'], method });
    expect(result).toMatchObject({
      result: 'pass',
      policy: 'reject',
      policyDomain: 'example.co.uk',
      organizationalDomain: 'example.co.uk',
      discovery: 'psl',
    });
    expect(result.asked).toEqual(['TXT _dmarc.a.b.example.co.uk', 'TXT _dmarc.example.co.uk']);
  });

  it('aligns where the walk does not, and the other way round', async () => {
    const zone = at('s.example.com', 'p=reject');
    const one: Case = { from: 's.example.com', dkim: ['example.com'] };
    expect((await evaluate(zone, one)).result).toBe('fail');
    expect((await evaluate(zone, { ...one, method })).result).toBe('pass');
    const hosted = at('github.io', 'p=reject');
    const other: Case = { from: 'x.github.io', dkim: ['y.github.io'] };
    expect((await evaluate(hosted, other)).result).toBe('pass');
    expect((await evaluate(hosted, { ...other, method })).result).toBe('none');
  });
});

describe('np=', () => {
  const zone = at('example.com', 'p=none; sp=none; np=reject');
  const policyWith = async (more: Zone) => {
    const { policy, result } = await evaluate({ ...zone, ...more }, { from: 'x.example.com' });
    return [policy, result];
  };

  it('is for names that do not exist', async () => {
    expect(await policyWith({})).toEqual(['reject', 'fail']);
    expect(await policyWith({ 'x.example.com': { TXT: ['hello'] } })).toEqual(['none', 'fail']);
    // The name is there, what it points to is not.
    expect(await policyWith({ 'x.example.com': { CNAME: ['gone.example.net'] } })).toEqual(['none', 'fail']);
  });

  it('takes the milder one while it is not known', async () => {
    expect(await policyWith({ 'x.example.com': 'SERVFAIL' })).toEqual(['none', 'temperror']);
  });
});

describe('authors', () => {
  const authors = (...from: string[]) =>
    authorsOf(parseMessage(Buffer.from(from.map((value) => `From: ${value}\r\n`).join('') + '\r\n')));

  it.each([
    ['Ann <ann@Example.COM>', { domain: 'example.com' }],
    ['ann@bücher.example', { domain: 'xn--bcher-kva.example' }],
    ['a@example.com, Ben <b@EXAMPLE.com>', { domain: 'example.com' }],
    ['Team: a@example.com, b@example.com;', { domain: 'example.com' }],
    ['a@example.com, b@example.org', { domain: 'example.com', fault: 'multiple-author-domains' }],
    ['a@[192.0.2.1]', { domain: '', fault: 'invalid-author-domain' }],
    ['a@192.0.2.1', { domain: '', fault: 'invalid-author-domain' }],
    ['a@example.com, b', { domain: 'example.com', fault: 'invalid-author-domain' }],
    ['undisclosed:;', { domain: '', fault: 'no-author-domain' }],
    ['"a@evil.example"@example.com', { domain: 'example.com' }],
  ])('%s', (from, expected) => {
    expect(authors(from)).toEqual(expected);
  });

  it('stand in one field', () => {
    expect(authors('a@example.com', 'a@example.com')).toEqual({
      domain: 'example.com',
      fault: 'multiple-from-fields',
    });
  });

  it('may be 80,000, at little cost', () => {
    const message = parseMessage(
      Buffer.from(`From: ${'a@example.com, '.repeat(80_000)}b@example.org\r\n\r\n`),
    );
    void message.header.all('from').map(({ addresses }) => addresses);
    expect(authorsOf(message)).toEqual({ domain: 'example.com', fault: 'too-many-authors' });
    expect(cpuTime(() => authorsOf(message), 3)).toBeLessThan(100);
    expect(authors(Array.from({ length: 2_000 }, (_, i) => `a${i}@example.com`).join(','))).toEqual({
      domain: 'example.com',
    });
  });
});

describe('hostile zones', () => {
  const many = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index));
  const text = (domain: string, ...texts: string[]): Zone => ({ [`_dmarc.${domain}`]: { TXT: texts } });
  it.each([
    ['a record of 64 KB', text('example.com', `v=DMARC1; p=reject; ${'x=y;'.repeat(16_000)}`), 'none', 2],
    ['8,000 characters of tags', text('example.com', `v=DMARC1; p=reject; ${'x;'.repeat(3_990)}`), 'fail', 2],
    [
      '2,000 tags',
      text('example.com', `v=DMARC1; p=reject; ${many(900, (i) => `x${i}=y`).join(';')}`),
      'fail',
      2,
    ],
    ['blanks', text('example.com', `v=DMARC1; p=${' \t'.repeat(4_000)}reject`), 'fail', 2],
    ['destinations', text('example.com', `v=DMARC1; p=reject; rua=${'mailto:a@b,'.repeat(700)}`), 'fail', 2],
    ['256 records', text('example.com', ...many(256, () => 'v=DMARC1; p=reject')), 'none', 2],
    [
      '256 records of others',
      text('example.com', ...many(255, () => 'x'.repeat(250)), 'v=DMARC1; p=none'),
      'fail',
      2,
    ],
  ])('%s', async (_, zone, result, questions) => {
    const started = process.threadCpuUsage();
    const found = await evaluate(zone, { dkim: many(20, (i) => `s${i}.example.org`) });
    const { user, system } = process.threadCpuUsage(started);
    expect([found.result, found.asked.length]).toEqual([result, questions]);
    expect((user + system) / 1_000).toBeLessThan(100);
  });
});

describe('beside another implementation', () => {
  interface Theirs {
    response: false | { status: { result: string }; policy?: string; policyDomain?: string; domain?: string };
  }
  const { evaluateDmarc: theirs } = createRequire(import.meta.url)('mailauth/lib/dmarc/index.js') as {
    evaluateDmarc: (options: object) => Promise<Theirs>;
  };

  it('gives the same results, policies and organizations', async () => {
    const names = [
      'example',
      'com.example',
      'b.com.example',
      'a.b.com.example',
      'x.a.b.com.example',
      'y.com.example',
    ];
    const name = fc.constantFrom(...names);
    const policy = fc.constantFrom('none', 'quarantine', 'reject', 'Reject', 'bogus');
    const tag = fc.oneof(
      policy.map((word) => `sp=${word}`),
      policy.map((word) => `np=${word}`),
      fc.constantFrom('psd=y', 'psd=n', 'psd=u', 'psd=x', 't=y', 't=n', 'adkim=s', 'aspf=s', 'adkim=R'),
      fc.constantFrom('rua=mailto:a@b.example', 'rua=a', 'pct=10', 'x=y', 'junk'),
    );
    const record = fc
      .tuple(policy, fc.array(tag, { maxLength: 4 }))
      .map(([p, tags]) => [`v=DMARC1; p=${p}`, ...tags].join('; '));
    const texts = fc.oneof(
      { weight: 5, arbitrary: record.map((text) => ({ TXT: [text] })) },
      { weight: 1, arbitrary: fc.tuple(record, record).map((pair) => ({ TXT: pair })) },
      { weight: 1, arbitrary: fc.constantFrom('SERVFAIL' as const, { TXT: ['hello'] }) },
    );
    const setting = fc.record({
      records: fc.array(fc.tuple(name, texts), { maxLength: 4 }),
      hosts: fc.array(name, { maxLength: 3 }),
      from: name,
      spf: fc.option(name),
      dkim: fc.array(name, { maxLength: 3 }),
    });
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(setting, async ({ records, hosts, from, spf, dkim }) => {
        const zone: Zone = Object.fromEntries([
          ...hosts.map((host) => [host, { A: ['192.0.2.1'] }] as const),
          ...records.map(([domain, content]) => [`_dmarc.${domain}`, content] as const),
        ]);
        const ours = await evaluate(zone, { from, spf: spf ?? '', dkim });
        const { response } = await theirs({
          headerFrom: [`a@${from}`],
          fromFields: 1,
          spfDomains: spf === null ? [] : [spf],
          dkimDomains: dkim.map((domain) => ({ domain })),
          resolver: (asked: string, type: RecordType) => createZoneResolver(zone).resolve(asked, type),
          strict: true,
        });
        if (response === false) throw new Error('not evaluated');
        if (ours.result === 'pass') passed++;
        expect(ours.result).toBe(response.status.result);
        if (ours.result === 'none') return;
        expect([ours.policy, ours.policyDomain]).toEqual([response.policy, response.policyDomain]);
        if (ours.organizationalDomain !== undefined) expect(ours.organizationalDomain).toBe(response.domain);
      }),
      { numRuns: 600 },
    );
    expect(passed).toBeGreaterThan(20);
  });
});
