import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { defaultPolicySettings, type OAuthSettings } from '../../settings.ts';
import { createTokenVerifier } from './verifier.ts';

const NOW = 1_800_000_000_000;
const SECONDS = NOW / 1000;
const USER = 'anna@example.org';

const settings = (more: Partial<OAuthSettings>): OAuthSettings => ({
  ...defaultPolicySettings.logins.oauth,
  ...more,
});
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const pem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString();

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const ed = generateKeyPairSync('ed25519');

function jwt(
  alg: string,
  claims: object,
  key: KeyObject,
  hash: string | null = 'sha256',
  header = {},
): string {
  const text = `${part({ alg, typ: 'JWT', ...header })}.${part(claims)}`;
  return `${text}.${sign(hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

const CLAIMS = {
  iss: 'https://id.example',
  aud: ['mail', 'x'],
  exp: SECONDS + 300,
  email: USER,
  scope: 'mail read',
};

test('nothing configured: no logins by token', () => {
  expect(createTokenVerifier(settings({}))).toBeUndefined();
});

describe('JWT', () => {
  const verifier = (more: Partial<OAuthSettings> = {}) => {
    const jwtKeys = [rsa, ec, ed].map(({ publicKey }) => pem(publicKey));
    const made = createTokenVerifier(
      settings({ jwtKeys, issuer: 'https://id.example', audience: 'mail', scope: 'mail', ...more }),
      undefined,
      () => NOW,
    );
    if (made === undefined) throw new Error('no verifier');
    return made;
  };

  test.each([
    ['RS256', rsa.privateKey, 'sha256'],
    ['RS512', rsa.privateKey, 'sha512'],
    ['ES256', ec.privateKey, 'sha256'],
    ['EdDSA', ed.privateKey, null],
  ] as const)('signed with %s', async (alg, key, hash) => {
    expect(await verifier().verify(jwt(alg, CLAIMS, key, hash))).toEqual({ user: USER });
  });

  test.each([
    ['expired', { exp: SECONDS - 61 }],
    ['without an end', { exp: undefined }],
    ['with an end that is none', { exp: 'never' }],
    ['not yet valid', { nbf: SECONDS + 61 }],
    ['of somebody else', { iss: 'https://evil.example' }],
    ['for somebody else', { aud: 'web' }],
    ['without the scope', { scope: 'read mailbox' }],
    ['without the claim', { email: undefined }],
    ['with an empty claim', { email: '' }],
    ['with an address nobody has verified', { email_verified: false }],
  ])('a token %s is not good', async (_, change) => {
    expect(await verifier().verify(jwt('RS256', { ...CLAIMS, ...change }, rsa.privateKey))).toBeUndefined();
  });

  test('signatures that prove nothing', async () => {
    const good = jwt('RS256', CLAIMS, rsa.privateKey);
    const [head = '', payload = '', signature = ''] = good.split('.');
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const hmacHead = part({ alg: 'HS256' });
    const hmac = createHmac('sha256', pem(rsa.publicKey))
      .update(`${hmacHead}.${payload}`)
      .digest('base64url');
    for (const token of [
      jwt('RS256', CLAIMS, other),
      `${part({ alg: 'none' })}.${payload}.`,
      `${hmacHead}.${payload}.${hmac}`,
      `${head}.${part({ ...CLAIMS, email: 'eve@example.org' })}.${signature}`,
      jwt('ES256', CLAIMS, rsa.privateKey),
      jwt('RS256', CLAIMS, rsa.privateKey, 'sha256', { crit: ['b64'] }),
      jwt('toString', CLAIMS, rsa.privateKey),
      `${good}.x`,
      'x',
      '..',
      `${head}.${payload}`,
      'x'.repeat(20_000),
    ])
      expect(await verifier().verify(token)).toBeUndefined();
  });

  test('another claim may hold the address', async () => {
    const token = jwt('RS256', { ...CLAIMS, upn: 'ben@example.org' }, rsa.privateKey);
    expect(await verifier({ userClaim: 'upn' }).verify(token)).toEqual({ user: 'ben@example.org' });
    expect(await verifier({ userClaim: 'constructor' }).verify(token)).toBeUndefined();
  });
});

describe('introspection', () => {
  let server: Server | undefined;
  afterEach(() => void server?.close());

  async function serve(
    answer: (body: URLSearchParams, request: IncomingMessage) => [number, string],
  ): Promise<string> {
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const [status, body] = answer(new URLSearchParams(text), request);
        response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end(body);
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`;
  }

  const verifier = (introspectionUrl: string, more: Partial<OAuthSettings> = {}) => {
    const made = createTokenVerifier(
      settings({ introspectionUrl, clientId: 'ta:mis', clientSecret: 'geheim', ...more }),
      fetch,
      () => NOW,
    );
    if (made === undefined) throw new Error('no verifier');
    return made;
  };

  test('asks with our login, and takes what is active', async () => {
    let login = '';
    const url = await serve((body, { headers, method }) => {
      login = headers.authorization ?? '';
      expect(method).toBe('POST');
      return [200, JSON.stringify({ active: body.get('token') === 'good', email: USER, exp: SECONDS + 5 })];
    });
    expect(await verifier(url).verify('good')).toEqual({ user: USER });
    expect(Buffer.from(login.slice(6), 'base64').toString()).toBe('ta%3Amis:geheim');
    expect(await verifier(url).verify('bad')).toBeUndefined();
  });

  test('claims count here as well', async () => {
    const url = await serve(() => [200, JSON.stringify({ active: true, email: USER, aud: 'web' })]);
    expect(await verifier(url, { audience: 'mail' }).verify('good')).toBeUndefined();
  });

  test.each([
    ['an error', 500, ''],
    ['a redirect', 302, ''],
    ['no JSON', 200, '<html>'],
    ['a list', 200, '[]'],
    ['too much', 200, `{"active":true,"x":"${'x'.repeat(70_000)}"}`],
  ])('%s: nothing is known', async (_, status, body) => {
    const url = await serve(() => [status, body]);
    await expect(verifier(url).verify('good')).rejects.toThrow();
  });

  test('a provider that is gone', async () => {
    await expect(verifier('http://127.0.0.1:1/').verify('good')).rejects.toThrow();
  });
});
