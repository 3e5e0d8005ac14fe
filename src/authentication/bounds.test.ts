import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseMessage } from '../message/parse.ts';
import type { RecordType, Resolver } from '../net/resolver.ts';
import type { Zone } from '../net/zone-resolver.ts';
import { createZoneResolver } from '../net/zone-resolver.ts';
import { createAuthenticator } from './authenticator.ts';
import { sealedBy } from './arc/testing.ts';
import { bodyHashes } from './dkim/body-hash.ts';
import { keyRecord } from './dkim/testing.ts';
import { defaultAuthenticationSettings } from './settings.ts';
import type { Authentication } from './types.ts';

/** Messages and zones made to cost: CPU time of the verification alone. */

/** Milliseconds. Most take a tenth of it; verifiers without limits take seconds to minutes. */
const BOUND = 100;
const MB = 1 << 20;
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A key of the most that counts; nobody needs to be able to sign with it. */
function largestKey(): string {
  const modulus = randomBytes(1024);
  modulus[0] = 0xff;
  modulus[1023] = 0xff;
  const jwk = {
    kty: 'RSA',
    n: modulus.toString('base64url'),
    e: Buffer.alloc(4, 0xff).toString('base64url'),
  };
  return keyRecord(createPublicKey({ key: jwk, format: 'jwk' }));
}

const nested = Object.fromEntries(
  Array.from({ length: 12 }, (_, i) => [
    `n${i}.example`,
    { TXT: [`v=spf1 include:n${i + 1}.example include:n${i + 1}.example include:n${i + 1}.example -all`] },
  ]),
);
const zone: Zone = {
  's._domainkey.example.com': { TXT: [keyRecord(publicKey)] },
  'large._domainkey.example.com': { TXT: Array.from({ length: 50 }, largestKey) },
  'long._domainkey.example.com': { TXT: [`v=DKIM1; p=${'A'.repeat(65_000)}`] },
  'tags._domainkey.example.com': { TXT: [`v=DKIM1; ${';'.repeat(65_000)}`] },
  'loop.example': { TXT: ['v=spf1 include:loop.example -all'] },
  'wide.example': { TXT: [`v=spf1 ${'a=b '.repeat(16_000)}`] },
  'full.example': { TXT: [`v=spf1 ${'ip4:192.0.2.9 '.repeat(580)}-all`] },
  'many.example': { MX: Array.from({ length: 200 }, (_, i) => `1 m${i}.example`), TXT: ['v=spf1 mx -all'] },
  '_dmarc.example.com': { TXT: [`v=DMARC1; p=reject; ${'x=y;'.repeat(16_000)}`] },
  ...nested,
};
const base = createZoneResolver(zone);
let asked = 0;
const resolver: Resolver = {
  resolve<T extends RecordType>(name: string, type: T) {
    asked++;
    return base.resolve(name, type);
  },
};
const authenticator = createAuthenticator({
  resolver,
  budget: { queries: 100, time: 20_000 },
  settings: defaultAuthenticationSettings,
});

/** Signatures that go all the way to the key: the body hash is right, the signature is not. */
function signatures(
  count: number,
  body: string,
  more: { c?: 'relaxed' | 'simple'; h?: string; tags?: string; l?: number } = {},
) {
  const { c = 'relaxed', h = 'from:to:subject', tags = '', l } = more;
  const raw = Buffer.from(body, 'latin1');
  const lengths = Array.from({ length: count }, (_, i) => (l === undefined ? undefined : l + i));
  const requests = lengths.map((length) => ({
    canonicalization: c,
    ...(length !== undefined && { length }),
  }));
  const hashes = bodyHashes(raw, requests);
  const fields = lengths.map((length, i) => {
    const hash = hashes[i]?.digest?.toString('base64') ?? '';
    const partial = length === undefined ? '' : ` l=${length};`;
    return `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/${c}; d=example.com; s=s;${partial}${tags} h=${h}; bh=${hash}; b=${'A'.repeat(344)}\r\n`;
  });
  return fields.join('');
}

function arcSet(i: number, padding: number): string {
  const b = 'A'.repeat(344);
  return [
    `ARC-Seal: i=${i}; a=rsa-sha256; cv=${i === 1 ? 'none' : 'pass'}; d=example.com; s=s; b=${b}`,
    signatures(1, 'hi').replace('DKIM-Signature: v=1', `ARC-Message-Signature: i=${i}`).trimEnd(),
    `ARC-Authentication-Results: i=${i}; mx.example; spf=pass (${'x y '.repeat(padding)})\r\n`,
  ].join('\r\n');
}

/** CPU milliseconds: the least of three runs, since the machine may be busy with other things. */
async function verify(
  raw: string,
  sender = 'a@example.com',
): Promise<{ results: Authentication; cpu: number }> {
  const runs = [await run(raw, sender)];
  while (runs.length < 3 && (runs.at(-1)?.cpu ?? 0) > BOUND / 2) runs.push(await run(raw, sender));
  return runs.reduce((best, each) => (each.cpu < best.cpu ? each : best));
}

async function run(raw: string, sender: string): Promise<{ results: Authentication; cpu: number }> {
  const message = parseMessage(Buffer.from(raw, 'latin1'));
  void message.header.all('from').map(({ addresses }) => addresses);
  asked = 0;
  const started = process.cpuUsage();
  const results = await authenticator.verify(message, {
    client: { address: '192.0.2.1', helo: 'mail.example.com' },
    sender,
    recipients: [],
  });
  const { user, system } = process.cpuUsage(started);
  return { results, cpu: (user + system) / 1000 };
}

const from = 'From: a@example.com\r\n';
const mail = (header: string, body = 'hi'): string => `${header}${from}To: b@example.org\r\n\r\n${body}`;

beforeAll(async () => {
  // Once for the compiler.
  for (let i = 0; i < 20; i++) await verify(mail(signatures(5, 'hi') + arcSet(1, 10)));
});

describe('bodies of a megabyte', () => {
  const BODIES: Readonly<Record<string, (size: number) => string>> = {
    spaces: (size) => ' '.repeat(size),
    'a blank between letters': (size) => 'a '.repeat(size / 2),
    'one line': (size) => 'x'.repeat(size),
    'bare LF': (size) => `${'\n'.repeat(size - 1)}x`,
    'a letter a line, bare LF': (size) => 'a\n'.repeat(size / 2),
    'empty lines': (size) => `${'\r\n'.repeat(size / 2 - 1)}x`,
    'blanks before line endings': (size) => 'a \r\n'.repeat(size / 4),
    tabs: (size) => 'a\t\tb'.repeat(size / 4),
    CR: (size) => '\r'.repeat(size),
  };
  const CASES = Object.entries(BODIES).flatMap(([name, make]) =>
    (['relaxed', 'simple'] as const).map((c) => [name, c, make] as const),
  );

  it.each(CASES)('of %s, %s', async (_, c, make) => {
    const body = make(MB);
    const { results, cpu } = await verify(mail(signatures(5, body, { c }), body));
    expect(results.dkim.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 5 }, () => 'bad signature'),
    );
    expect(cpu).toBeLessThan(BOUND);
  });

  it.each(CASES)('grow in proportion: %s, %s', async (_, c, make) => {
    const cost = async (size: number): Promise<number> => {
      const body = make(size);
      const raw = mail(signatures(1, body, { c }), body);
      const runs = [(await verify(raw)).cpu, (await verify(raw)).cpu, (await verify(raw)).cpu];
      return Math.min(...runs);
    };
    const small = await cost(MB);
    const large = await cost(4 * MB);
    // Four times the body: a square would be sixteen times the work.
    expect(large).toBeLessThan(9 * small + 40);
  });

  it('with 500 signatures of different l=', async () => {
    const body = `${'x'.repeat(76)}\r\n`.repeat(MB / 78);
    const { results, cpu } = await verify(mail(signatures(500, body, { l: 1_000 }), body));
    expect(results.dkim.filter(({ result }) => result === 'policy')).toHaveLength(15);
    expect(cpu).toBeLessThan(BOUND);
  });
});

describe('headers', () => {
  const folded = (name: string, lines: number): string => `${name}: a${'\r\n b'.repeat(lines)}\r\n`;
  const many = (h: string, fields: number): string =>
    signatures(10, 'hi', { h }) + 'X-A: 1\r\n'.repeat(fields);
  const CASES: [name: string, header: string, first: string][] = [
    ['1,000 signatures', signatures(1000, 'hi'), 'fail'],
    ['262,144 folded lines', signatures(5, 'hi') + folded('Subject', 262_144), 'policy'],
    ['folded lines just allowed', signatures(5, 'hi') + folded('Subject', 2_900), 'fail'],
    ['ten signatures of 20,000 names', many(`from:${'x-a:'.repeat(20_000)}`, 5_000), 'policy'],
    ['names just allowed, 5,000 fields', many(`from:${'x-a:'.repeat(149)}`, 5_000), 'fail'],
    ['one name more', many(`from:${'x-a:'.repeat(150)}`, 5_000), 'policy'],
    ['many tags', signatures(5, 'hi', { tags: 'a1=b;'.repeat(3_000) }), 'neutral'],
    [
      'more blanks than a signature may have',
      signatures(5, 'hi', { tags: ` x1=${' '.repeat(20_000)}.;` }),
      'policy',
    ],
    ['many blanks', signatures(5, 'hi', { tags: ` x1=${' '.repeat(10_000)}.;` }), 'fail'],
    [
      'parameters',
      `${signatures(5, 'hi', { h: 'from:content-type' })}Content-Type: multipart/mixed; ${Array.from({ length: 9000 }, (_, i) => `a*${i}=b; `).join('')}\r\n`,
      'fail',
    ],
  ];

  it.each(CASES)('%s', async (_, header, first) => {
    const { results, cpu } = await verify(mail(header));
    expect(results.dkim[0]).toMatchObject({ result: first });
    expect(results.dkim.length).toBeLessThanOrEqual(20);
    expect(cpu).toBeLessThan(BOUND);
  });

  const FROM = ['a@example.com, ', '(', '"\\', '<', 'a@b ', ':', 'a:', ' ', '\r\n ', '=?x?q?'];
  it.each(FROM)('a From field of %j', async (piece) => {
    for (const size of [32_000, 1_300_000]) {
      const value = piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
      const { cpu } = await verify(`${signatures(5, 'hi')}From: ${value}z <a@example.com>\r\n\r\nhi`);
      expect(cpu).toBeLessThan(BOUND);
    }
  });

  it.each([
    ['50 sets', 50, 250, 'fail'],
    ['51 sets', 51, 10, 'fail'],
    ['sets of too many bytes', 50, 1000, 'policy'],
    ['one large set', 1, 30_000, 'fail'],
    ['1,000 sets', 1000, 10, 'fail'],
  ])('ARC: %s', async (_, sets, padding, result) => {
    const chain = Array.from({ length: sets }, (_, i) => arcSet(sets - i, padding)).join('');
    const { results, cpu } = await verify(mail(chain));
    expect(results.arc).toMatchObject({ result, instances: sets });
    expect(cpu).toBeLessThan(BOUND);
  });
});

it('ARC: 50 large sets, each verified', async () => {
  let raw = mail('');
  for (let i = 1; i <= 50; i++)
    raw = sealedBy(privateKey, 's', raw, i, { results: `i=${i}; mx.example; x=${'x y '.repeat(340)}` });
  const { results, cpu } = await verify(raw);
  expect(results.arc).toMatchObject({ result: 'pass', instances: 50 });
  expect(cpu).toBeLessThan(BOUND);
});

describe('zones', () => {
  it('fifty keys of the largest size', async () => {
    const fitting = Buffer.alloc(1024, 1).toString('base64');
    const header = signatures(5, 'hi').replaceAll(' s=s;', ' s=large;').replaceAll('A'.repeat(344), fitting);
    const { results, cpu } = await verify(mail(header));
    expect(results.dkim[0]).toMatchObject({ result: 'fail', reason: 'bad signature' });
    expect(cpu).toBeLessThan(BOUND);
  });

  it.each([
    ['a record of 64 KB', 'wide.example', 'permerror', 3],
    ['a record full of terms', 'full.example', 'fail', 3],
    ['an include of itself', 'loop.example', 'permerror', 3],
    ['nested includes', 'n0.example', 'permerror', 15],
    ['200 MX', 'many.example', 'permerror', 20],
  ])('SPF: %s', async (_, domain, result, queries) => {
    const { results, cpu } = await verify(mail(''), `a@${domain}`);
    expect(results.spf.result).toBe(result);
    // Beside them: HELO, reverse name, and the DMARC records of the author.
    expect(asked).toBeLessThanOrEqual(queries + 5);
    expect(cpu).toBeLessThan(BOUND);
  });

  it.each(['long', 'tags'])('a key record of 64 KB: %s', async (selector) => {
    const { results, cpu } = await verify(mail(signatures(5, 'hi').replaceAll(' s=s;', ` s=${selector};`)));
    expect(results.dkim[0]).toMatchObject({
      result: 'permerror',
      reason: 'invalid key record: longer than 4096 characters',
    });
    expect(cpu).toBeLessThan(BOUND);
  });
});
