import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { parsePrivateKey } from './key-file.ts';
import { readKeys } from './keys.ts';
import { defaultSealingSettings, defaultSigningSettings, type SigningKeySettings } from './settings.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ed = generateKeyPairSync('ed25519').privateKey;
const pem = (key: typeof rsa, type: 'pkcs1' | 'pkcs8'): string =>
  key.export({ type, format: 'pem' }).toString();
const seed = Buffer.from(ed.export({ type: 'pkcs8', format: 'der' }).subarray(-32)).toString('base64');

describe('a private key', () => {
  test.each([
    ['PKCS#8', pem(rsa, 'pkcs8'), 'rsa'],
    ['PKCS#1', pem(rsa, 'pkcs1'), 'rsa'],
    ['PKCS#8 in base64', rsa.export({ type: 'pkcs8', format: 'der' }).toString('base64'), 'rsa'],
    ['PKCS#1 in base64', rsa.export({ type: 'pkcs1', format: 'der' }).toString('base64'), 'rsa'],
    ['Ed25519', pem(ed, 'pkcs8'), 'ed25519'],
    ['an Ed25519 seed', `${seed}\n`, 'ed25519'],
    ['text around PEM', `Key of 2026\n${pem(ed, 'pkcs8')}`, 'ed25519'],
  ])('%s', (_, text, type) => {
    const found = parsePrivateKey(text);
    expect(found).toMatchObject({ type, bits: type === 'rsa' ? 2048 : 256 });
    const same = type === 'rsa' ? rsa : ed;
    expect('key' in found && found.key.equals(same)).toBe(true);
  });

  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  test.each([
    ['', 'is empty'],
    ['not a key!', 'neither PEM nor base64'],
    ['AAAA', 'holds 3 octets'],
    [seed.slice(4), 'holds 29 octets'],
    [publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'public key'],
    [privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'type ec'],
    [
      rsa.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' }).toString(),
      'encrypted',
    ],
    [pem(rsa, 'pkcs8').replace(/\n.{20}/, '\n'), 'that can be read'],
    [pem(generateKeyPairSync('rsa', { modulusLength: 768 }).privateKey, 'pkcs8'), '768 bits'],
    [pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey, 'pkcs8'), 'type rsa-pss'],
  ])('faults: %#', (text, fault) => {
    const found = parsePrivateKey(text);
    expect(found).toMatchObject({ fault: expect.stringContaining(fault) as string });
    expect(JSON.stringify(found)).not.toContain('PRIVATE');
  });
});

describe('keys of a configuration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-keys-'));
  const NOW = Date.UTC(2026, 5, 1);
  const file = (name: string, text: string, mode = 0o600): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const key = (more: Partial<SigningKeySettings>): SigningKeySettings => ({
    domain: 'example.org',
    selector: 's',
    file: join(folder, 'good.pem'),
    notBefore: '',
    notAfter: '',
    subdomains: false,
    ...more,
  });
  const read = (keys: SigningKeySettings[], arc = defaultSealingSettings, safeKeys = true) =>
    readKeys({ ...defaultSigningSettings, keys, safeKeys }, arc, NOW);
  const texts = (faults: { path: (string | number)[]; text: string }[]) =>
    faults.map(({ path, text }) => `${path.join('.')}: ${text}`);
  beforeAll(() => void file('good.pem', pem(rsa, 'pkcs8')));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('every fault is found at once', () => {
    const { faults } = read([
      key({ file: join(folder, 'none.pem') }),
      key({ selector: 't', file: file('open.pem', pem(rsa, 'pkcs8'), 0o640) }),
      key({ selector: 't' }),
      key({ selector: 'u', notBefore: '2026-02-01', notAfter: '2026-02-01' }),
      key({ selector: 'v', file: file('large.pem', 'x'.repeat(70_000)) }),
      key({ selector: 'w', file: folder }),
    ]);
    expect(texts(faults)).toEqual([
      expect.stringMatching(/^signing\.keys\.0\.file: cannot be read: ENOENT/),
      expect.stringMatching(/^signing\.keys\.1\.file: others than its owner .* \(mode 640\): chmod 600/),
      'signing.keys.2.selector: t._domainkey.example.org is named by signing.keys.1 already',
      'signing.keys.3.not_after: is not after not_before',
      expect.stringMatching(/^signing\.keys\.4\.file: .* is larger than 65536 bytes/),
      expect.stringMatching(/^signing\.keys\.5\.file: /),
    ]);
  });

  it('a file others may read is taken when the admin says so', () => {
    const open = key({ file: file('group.pem', pem(rsa, 'pkcs8'), 0o644) });
    expect(read([open]).faults).toHaveLength(1);
    expect(read([open], defaultSealingSettings, false)).toMatchObject({
      faults: [],
      keys: { dkim: [{ type: 'rsa' }] },
    });
  });

  it('tells of short keys and of domains nothing signs for', () => {
    const short = file(
      'short.pem',
      pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, 'pkcs8'),
    );
    const { faults, warnings, keys } = read([
      key({ file: short }),
      key({ domain: 'old.example', notAfter: '2026-01-01' }),
      key({ domain: 'new.example', notBefore: '2026-06-01T00:00:01Z' }),
    ]);
    expect(faults).toEqual([]);
    expect(keys.dkim).toHaveLength(3);
    expect(texts(warnings)).toEqual([
      'signing.keys.0.file: RSA key of 1024 bits: some verifiers want 2048',
      'signing.keys.1.not_after: s._domainkey.old.example is no longer in force',
      'signing.keys: no key of old.example is in force now',
      'signing.keys: no key of new.example is in force now',
    ]);
  });

  it('one key may sign and seal; a seal is RSA', () => {
    const seal = { domain: 'example.org', selector: 's', file: join(folder, 'good.pem') };
    expect(read([key({})], { ...defaultSealingSettings, seal })).toMatchObject({
      faults: [],
      keys: { arc: { selector: 's' } },
    });
    const other = { ...seal, file: file('ed.pem', seed) };
    expect(texts(read([], { ...defaultSealingSettings, seal: other }).faults)).toEqual([
      'arc.seal.file: holds an Ed25519 key: verifiers of ARC know RSA only',
    ]);
  });
});
