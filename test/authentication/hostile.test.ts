import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAuthenticator } from '../../src/authentication/authenticator.ts';
import { bodyHashes } from '../../src/authentication/dkim/body-hash.ts';
import { keyRecord } from '../../src/authentication/dkim/testing.ts';
import { createResultEdits } from '../../src/authentication/results/edits.ts';
import { defaultAuthenticationSettings } from '../../src/authentication/settings.ts';
import type { Authentication, Authenticator } from '../../src/authentication/types.ts';
import { createInlineScanner } from '../../src/filter/scan.ts';
import { defaultFilterSettings } from '../../src/filter/settings.ts';
import type { Verdict } from '../../src/filter/types.ts';
import { silentLog } from '../../src/log.ts';
import { parseMessage } from '../../src/message/parse.ts';
import type { RecordType, Resolver } from '../../src/net/resolver.ts';
import { defaultDnsSettings } from '../../src/net/settings.ts';
import type { Zone } from '../../src/net/zone-resolver.ts';
import { createZoneResolver } from '../../src/net/zone-resolver.ts';

/**
 * Mail made to cost, through the scanner as a worker runs it: what authentication takes of the processor, what it asks
 * the DNS, and what it says. Fields and addresses are
 * decoded when they are first asked for: that counts in.
 */

const MB = 1 << 20;
/** Milliseconds of CPU; a megabyte may take half as long. */
const BOUND = 100;
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

const nested = Array.from({ length: 11 }, (_, i): [string, Zone[string]] => [
  `n${i}.example`,
  { TXT: [i < 10 ? `v=spf1 include:n${i + 1}.example -all` : 'v=spf1 +all'] },
]);
const zone: Zone = {
  's._domainkey.example.com': { TXT: [keyRecord(publicKey)] },
  'example.com': { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  '_dmarc.example.com': { TXT: ['v=DMARC1; p=reject'] },
  'loop.example': { TXT: ['v=spf1 include:loop.example -all'] },
  ...Object.fromEntries(nested),
  'wide.example': { TXT: [`v=spf1 ${'ip4:192.0.2.9 '.repeat(4_681)}`] },
  'wide._domainkey.example.com': { TXT: [`v=DKIM1; p=${'A'.repeat(65_000)}`] },
};

let asked = 0;
let delay = 0;
const base = createZoneResolver(zone);
const resolver: Resolver = {
  async resolve<T extends RecordType>(name: string, type: T) {
    asked++;
    if (delay > 0) await new Promise((done) => setTimeout(done, delay).unref());
    return base.resolve(name, type);
  },
};
const authenticator = createAuthenticator({
  resolver,
  budget: { queries: defaultDnsSettings.queries, time: 500 },
  settings: defaultAuthenticationSettings,
});
let cpu = 0;
let found: Authentication | undefined;
const measured: Authenticator = {
  async verify(...request) {
    const before = process.cpuUsage();
    found = await authenticator.verify(...request);
    const { user, system } = process.cpuUsage(before);
    cpu = (user + system) / 1000;
    return found;
  },
};
const scanner = createInlineScanner({
  settings: defaultFilterSettings,
  authenticator: measured,
  parse: (raw) => parseMessage(raw),
  resultEdits: createResultEdits(defaultAuthenticationSettings),
  now: Date.now,
  log: silentLog,
});

/** What was said, and the least CPU of three scans: the machine may be busy with other things. */
async function scan(
  text: string,
  sender = 'a@example.com',
): Promise<{ verdict: Verdict; results: Authentication; least: number }> {
  const raw = Buffer.from(text, 'latin1');
  let least = Infinity;
  for (let run = 0; ; run++) {
    asked = 0;
    const verdict = await scanner.scan({
      id: 'x',
      raw,
      envelope: { client: { address: '192.0.2.1', helo: 'mail.example.com' }, sender, recipients: [] },
    });
    least = Math.min(least, cpu);
    if (found === undefined) throw new Error('not verified');
    if (run === 2 || delay > 0) return { verdict, results: found, least };
  }
}

/** A signature of this body that is read to the end: its body hash is right, the signature is not. */
function signature(body: string, more: { h?: string; l?: number; s?: string } = {}): string {
  const { h = 'from:to:subject', l, s = 's' } = more;
  const request = { canonicalization: 'relaxed', ...(l !== undefined && { length: l }) } as const;
  const hash = bodyHashes(Buffer.from(body, 'latin1'), [request])[0]?.digest?.toString('base64') ?? '';
  const length = l === undefined ? '' : ` l=${l};`;
  return `DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=${s};${length} h=${h}; bh=${hash}; b=${'A'.repeat(344)}\r\n`;
}
const times = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join('');

const from = 'From: a@example.com\r\n';
const mail = (header: string, body = 'hi\r\n'): string => `${header}${from}\r\n${body}`;
const lines = `${'x'.repeat(76)}\r\n`.repeat(MB / 78);

interface Case {
  text: () => string;
  sender?: string;
  /** Results of the first DKIM signatures. */
  dkim?: string[];
  spf?: string;
  dmarc: string;
  queries: number;
  most?: number;
}

/** Six questions beside those for keys and records: HELO, sender, reverse name, and three for DMARC. */
const CASES: Readonly<Record<string, Case>> = {
  '262,144 folded lines in one field': {
    text: () => mail(`${signature('hi\r\n').repeat(5)}Subject: a${'\r\n b'.repeat(262_144)}\r\n`),
    dkim: ['policy', 'policy', 'policy', 'policy', 'policy'],
    dmarc: 'pass',
    queries: 7,
  },
  '5,000 fields, ten signatures naming 20,000 each': {
    text: () =>
      mail(
        signature('hi\r\n', { h: `from:${'x-a:'.repeat(20_000)}` }).repeat(10) + 'X-A: 1\r\n'.repeat(5_000),
      ),
    dkim: ['policy'],
    dmarc: 'pass',
    queries: 7,
  },
  '500 signatures of different l= on 1 MB': {
    text: () =>
      mail(
        times(500, (i) => signature('', { l: 0 }).replace('l=0', `l=${1_000 + i}`)),
        lines,
      ),
    dkim: ['fail', 'fail', 'fail', 'fail', 'fail', 'policy'],
    dmarc: 'pass',
    queries: 7,
    most: BOUND / 2,
  },
  '1,000 signatures': {
    text: () => mail(signature('hi\r\n').repeat(1_000)),
    dkim: ['fail', 'fail', 'fail', 'fail', 'fail', 'policy'],
    dmarc: 'pass',
    queries: 7,
  },
  '80,000 From addresses': {
    text: () =>
      `${signature('hi\r\n')}From: ${times(80_000, (i) => `a${i}@example.com, `)}b@x.example\r\n\r\nhi\r\n`,
    // Which domain wrote it cannot be told.
    dmarc: 'none',
    queries: 7,
  },
  '1 MB of bare LF': {
    text: () => mail(signature('').repeat(5), '\n'.repeat(MB)),
    dkim: ['fail', 'fail', 'fail', 'fail', 'fail'],
    dmarc: 'pass',
    queries: 7,
    most: BOUND / 2,
  },
  '1 MB of blanks': {
    text: () => mail(signature('').repeat(5), ' '.repeat(MB)),
    dkim: ['fail', 'fail', 'fail', 'fail', 'fail'],
    dmarc: 'pass',
    queries: 7,
    most: BOUND / 2,
  },
  'an SPF record that includes itself': {
    text: () => mail(''),
    sender: 'a@loop.example',
    spf: 'permerror',
    dmarc: 'fail',
    queries: 7,
  },
  'ten nested includes': {
    text: () => mail(''),
    sender: 'a@n0.example',
    spf: 'pass',
    dmarc: 'fail',
    queries: 17,
  },
  'an SPF record of 64 KB': {
    text: () => mail(''),
    sender: 'a@wide.example',
    spf: 'permerror',
    dmarc: 'fail',
    queries: 7,
  },
  'a key record of 64 KB': {
    text: () => mail(signature('hi\r\n', { s: 'wide' }).repeat(5)),
    dkim: ['permerror', 'permerror', 'permerror', 'permerror', 'permerror'],
    dmarc: 'pass',
    queries: 7,
  },
};

const figures: Record<string, string> = {};
beforeAll(async () => {
  // Once for the compiler.
  for (let i = 0; i < 10; i++) await scan(mail(signature('hi\r\n').repeat(5), 'hi\r\n'));
});
afterAll(() => console.log('milliseconds of CPU and questions:', figures));

it.each(Object.entries(CASES))('%s', { timeout: 60_000 }, async (name, one) => {
  const { verdict, results, least } = await scan(one.text(), one.sender);
  figures[name] = `${least.toFixed(1)} ms, ${asked}`;
  const dkim = results.dkim.map(({ result }) => result);
  expect({ dkim: dkim.slice(0, one.dkim?.length ?? 0), dmarc: results.dmarc.result }).toEqual({
    dkim: one.dkim ?? [],
    dmarc: one.dmarc,
  });
  if (one.spf !== undefined) expect(results.spf.result).toBe(one.spf);
  expect(dkim).not.toContain('pass');
  expect(dkim.length).toBeLessThanOrEqual(20);
  expect(verdict.hits.map(({ symbol }) => symbol)).not.toContain('CHECK_ERROR');
  expect(asked).toBeLessThanOrEqual(one.queries);
  expect(least).toBeLessThan(one.most ?? BOUND);
});

it('a resolver that answers after 30 s', { timeout: 60_000 }, async () => {
  delay = 30_000;
  const began = performance.now();
  const { results, least } = await scan(mail(signature('hi\r\n').repeat(5)));
  const waited = performance.now() - began;
  delay = 0;
  figures['a resolver that answers after 30 s'] = `${least.toFixed(1)} ms, ${asked}`;
  expect(waited).toBeLessThan(5_000);
  expect(results.dkim[0]).toMatchObject({ result: 'temperror' });
  expect(results).toMatchObject({ spf: { result: 'temperror' }, dmarc: { result: 'temperror' } });
  expect(least).toBeLessThan(BOUND);
});
