import { beforeAll, describe, expect, it } from 'vitest';
import type { RecordType, Resolver } from '../net/resolver.ts';
import type { Zone } from '../net/zone-resolver.ts';
import { createZoneResolver } from '../net/zone-resolver.ts';
import { defaultAuthenticationSettings } from './settings.ts';
import { checkSpf } from './spf.ts';

/** Zones made to cost: CPU time and questions of one check_host(), far below what its author hoped for. */

const MAX_CPU = 100;
const { limits } = defaultAuthenticationSettings;
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const address = (index: number): string => `198.51.${index >> 8}.${index & 255}`;

const zone: Zone = {
  'loop.example': { TXT: ['v=spf1 include:loop.example -all'] },
  'circle.example': { TXT: ['v=spf1 redirect=circle2.example'] },
  'circle2.example': { TXT: ['v=spf1 redirect=circle.example'] },
  ...Object.fromEntries(
    many(14, (i) => [
      `n${i}.example`,
      { TXT: [`v=spf1 ${`include:n${i + 1}.example `.repeat(3)}exists:%{i}.n${i}.example -all`] },
    ]),
  ),
  'ten.example': { TXT: [`v=spf1 ${many(10, (i) => `include:t${i}.example`).join(' ')} -all`] },
  'eleven.example': { TXT: [`v=spf1 ${many(11, (i) => `include:t${i}.example`).join(' ')} -all`] },
  ...Object.fromEntries(many(11, (i) => [`t${i}.example`, { TXT: [`v=spf1 ip4:${address(i)} -all`] }])),
  'void.example': { TXT: ['v=spf1 a:v1.example a:v2.example -all'] },
  'voids.example': { TXT: [`v=spf1 ${many(9, (i) => `a:v${i}.example`).join(' ')} -all`] },
  'mx10.example': { MX: many(10, (i) => `1 wide${i}.example`), TXT: ['v=spf1 mx -all'] },
  'mx11.example': { MX: many(11, (i) => `1 wide${i}.example`), TXT: ['v=spf1 mx -all'] },
  'mx200.example': { MX: many(200, (i) => `1 m${i}.example`), TXT: [`v=spf1 ${'mx '.repeat(9)}-all`] },
  ...Object.fromEntries(many(11, (i) => [`wide${i}.example`, { A: many(256, address) }])),
  'addresses.example': { A: many(256, address), TXT: [`v=spf1 ${'a/31 '.repeat(10)}-all`] },
  'ptr.example': { TXT: [`v=spf1 ${'ptr:nobody.example '.repeat(9)}-all`] },
  'ptrmacro.example': { TXT: [`v=spf1 ${'exists:%{p}.%{p}.x.example '.repeat(9)}-all`] },
  '192.0.2.1': { PTR: many(200, (i) => `host${i}.example`) },
  ...Object.fromEntries(many(200, (i) => [`host${i}.example`, { A: many(50, address) }])),
  'wide.example': { TXT: [`v=spf1 ${'a=b '.repeat(16_000)}`] },
  'chunks.example': { TXT: [['v=spf1 ', ...many(16_000, () => 'a=b ')]] },
  'several.example': { TXT: many(200, () => `v=spf1 ip4:192.0.2.0/24 ${'x=y '.repeat(20)}-all`) },
  'others.example': { TXT: [...many(200, () => 'x'.repeat(250)), 'v=spf1 ip4:192.0.2.1 -all'] },
  'full.example': { TXT: [`v=spf1 ${'ip4:192.0.2.9 '.repeat(580)}-all`] },
  'full6.example': { TXT: [`v=spf1 ${'ip6:2001:db8::1/64 '.repeat(420)}-all`] },
  'macros.example': { TXT: [`v=spf1 exists:${'%{l64r-.+,/_=}'.repeat(580)}.example -all`] },
  'senders.example': { TXT: [`v=spf1 exists:${'%{S}'.repeat(2_000)}.example -all`] },
  'digits.example': { TXT: [`v=spf1 exists:%{d${'9'.repeat(8_000)}}.example -all`] },
  'open.example': { TXT: [`v=spf1 exists:${'%{'.repeat(4_000)} -all`] },
  'labels.example': { TXT: [`v=spf1 exists:${'a.'.repeat(4_000)}example -all`] },
  'slashes.example': { TXT: [`v=spf1 a:x${'/'.repeat(8_000)} -all`] },
  'colons.example': { TXT: [`v=spf1 ip6:${':'.repeat(8_000)} -all`] },
  'modifiers.example': { TXT: [`v=spf1 ${'unknown=%{s} '.repeat(600)}-all`] },
  'blanks.example': { TXT: [`v=spf1${' '.repeat(8_000)}-all`] },
  'exp.example': { TXT: ['v=spf1 -all exp=why.example'] },
  'why.example': { TXT: ['%{S}%{l}%{d}%{h}%{c}%{t}'.repeat(1_300)] },
  'expwide.example': { TXT: ['v=spf1 -all exp=whywide.example'] },
  'whywide.example': { TXT: [['%{s}'.repeat(16_000)]] },
  'exploop.example': { TXT: ['v=spf1 -all exp=%{p}.%{p}.exploop.example'] },
};
const base = createZoneResolver(zone);

async function check(domain: string, local = 'a', helo = 'mail.example') {
  let asked = 0;
  const counting: Resolver = {
    resolve<T extends RecordType>(name: string, type: T) {
      asked++;
      return base.resolve(name, type);
    },
  };
  const sender = `${local}@${domain}`;
  const request = { address: '192.0.2.1', helo, sender, receiver: 'mx.example' };
  const started = process.cpuUsage();
  const result = await checkSpf(request, counting, limits);
  const { user, system } = process.cpuUsage(started);
  return { ...result, asked, cpu: (user + system) / 1_000 };
}

beforeAll(async () => {
  // Once for the compiler.
  for (const domain of Object.keys(zone)) await check(domain);
});

describe('check_host', () => {
  it.each([
    ['an include of itself', 'loop.example', 'permerror', 2],
    ['two redirects to each other', 'circle.example', 'permerror', 2],
    ['nested includes', 'n0.example', 'permerror', 11],
    ['ten includes', 'ten.example', 'fail', 11],
    ['eleven includes', 'eleven.example', 'permerror', 11],
    ['two void lookups', 'void.example', 'fail', 3],
    ['more void lookups', 'voids.example', 'permerror', 4],
    ['ten MX of 256 addresses', 'mx10.example', 'fail', 12],
    ['eleven MX', 'mx11.example', 'permerror', 12],
    ['200 MX, nine times', 'mx200.example', 'permerror', 12],
    ['256 addresses, ten times', 'addresses.example', 'fail', 11],
    ['200 PTR, nine times', 'ptr.example', 'fail', 12],
    ['200 PTR by macro', 'ptrmacro.example', 'permerror', 13],
    ['a record of 64 KB', 'wide.example', 'permerror', 1],
    ['the same in 16,000 chunks', 'chunks.example', 'permerror', 1],
    ['200 records', 'several.example', 'permerror', 1],
    ['200 records of others', 'others.example', 'pass', 1],
    ['a record full of addresses', 'full.example', 'fail', 1],
    ['a record full of ranges', 'full6.example', 'fail', 1],
    // Beyond 253 characters labels are left off from the left (RFC 7208 §7.3), and the rest is not there.
    ['580 macros in a name', 'macros.example', 'fail', 2],
    ['2,000 senders in a name', 'senders.example', 'fail', 2],
    ['a number of 8,000 digits', 'digits.example', 'fail', 2],
    ['macros that do not end', 'open.example', 'permerror', 1],
    ['4,000 labels', 'labels.example', 'fail', 2],
    ['8,000 slashes', 'slashes.example', 'permerror', 1],
    ['8,000 colons', 'colons.example', 'permerror', 1],
    ['600 modifiers', 'modifiers.example', 'fail', 1],
    ['8,000 blanks', 'blanks.example', 'fail', 1],
    ['an explanation full of macros', 'exp.example', 'fail', 2],
    ['an explanation of 64 KB', 'expwide.example', 'fail', 2],
    ['an explanation at a name of macros', 'exploop.example', 'fail', 13],
  ])('%s', async (_, domain, result, questions) => {
    const answer = await check(domain);
    expect(answer.result).toBe(result);
    expect(answer.asked).toBeLessThanOrEqual(questions);
    expect(answer.cpu).toBeLessThan(MAX_CPU);
    expect((answer.explanation ?? '').length).toBeLessThanOrEqual(500);
  });

  it('bears a sender and a HELO name of the greatest length in every macro', async () => {
    for (const domain of ['macros.example', 'senders.example', 'exp.example', 'modifiers.example']) {
      const { cpu, asked } = await check(domain, 'a.-+'.repeat(75), `${'h.'.repeat(120)}example`);
      expect(cpu).toBeLessThan(MAX_CPU);
      expect(asked).toBeLessThanOrEqual(14);
    }
  });
});
