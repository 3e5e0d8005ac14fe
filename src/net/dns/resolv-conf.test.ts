import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseResolvConf, ResolvConfFile } from './resolv-conf.ts';

it('reads servers and options', () => {
  const text = [
    '# nameserver 192.0.2.9',
    '; nameserver 192.0.2.9',
    'domain example.org',
    'search example.org example.com',
    'nameserver 192.0.2.1',
    'nameserver\t2001:db8::1   # the other',
    'nameserver fe80::1%eth0',
    'nameserver name.example',
    'options ndots:2 timeout:3 attempts:1 unknown:1',
    'options rotate trust-ad timeout:99 attempts:0',
    ' nameserver 192.0.2.8',
  ].join('\n');
  expect(parseResolvConf(text)).toEqual({
    servers: ['192.0.2.1', '2001:db8::1', 'fe80::1%eth0'],
    timeout: 30_000,
    attempts: 1,
    rotate: true,
    trustAd: true,
  });
});

it('asks this machine when nothing is said, and so many servers at most', () => {
  expect(parseResolvConf('')).toEqual({
    servers: ['127.0.0.1'],
    timeout: undefined,
    attempts: undefined,
    rotate: false,
    trustAd: false,
  });
  expect(parseResolvConf('nameserver 192.0.2.1\r\n'.repeat(20)).servers).toHaveLength(8);
});

it('reads anything', () => {
  const word = fc.constantFrom('nameserver', 'options', 'timeout:', '1', '::', '\n', ' ', '\t', 'attempts:9');
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 30 }), (words) => {
      expect(parseResolvConf(words.join('')).servers.length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});

it('reads the file again when it has changed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-resolv-'));
  const path = join(folder, 'resolv.conf');
  let now = 0;
  const file = new ResolvConfFile(path, () => now);
  expect(file.read()?.servers).toEqual(['127.0.0.1']);
  now += 10_000;
  expect(file.read()).toBeUndefined();
  writeFileSync(path, 'nameserver 192.0.2.1\n');
  expect(file.read()).toBeUndefined();
  now += 10_000;
  expect(file.read()?.servers).toEqual(['192.0.2.1']);
  now += 10_000;
  expect(file.read()).toBeUndefined();
  writeFileSync(`${path}.new`, 'nameserver 192.0.2.2\n');
  renameSync(`${path}.new`, path);
  now += 10_000;
  expect(file.read()?.servers).toEqual(['192.0.2.2']);
  rmSync(folder, { recursive: true });
  now += 10_000;
  expect(file.read()?.servers).toEqual(['127.0.0.1']);
});
