import { generateKeyPairSync } from 'node:crypto';
import { sealMessage } from 'mailauth';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../message/parse.ts';
import { createZoneResolver } from '../net/zone-resolver.ts';
import { createAuthenticator } from './authenticator.ts';
import { defaultAuthenticationSettings } from './settings.ts';

/** A message that fails DMARC here, with a chain that says that it passed where it came in. */

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = `v=DKIM1; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`;
const resolver = createZoneResolver({
  '_dmarc.example.com': { TXT: ['v=DMARC1; p=reject'] },
  's._domainkey.provider.example': { TXT: [key] },
  's._domainkey.stranger.example': { TXT: [key] },
});
const plain = 'From: Ann <ann@example.com>\r\nTo: bob@example.net\r\nSubject: hello\r\n\r\nHello\r\n';

async function sealed(raw: string, signingDomain: string, authResults: string, cv: 'none' | 'pass') {
  const set = await sealMessage(raw, {
    signingDomain,
    selector: 's',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    authResults,
    cv,
    ...(cv === 'pass' && { i: 2 }),
  });
  return set.toString('latin1') + raw;
}

async function verify(raw: string, trustedSealers: string[]) {
  const authenticator = createAuthenticator({
    resolver,
    budget: { queries: 100, time: 5_000 },
    settings: {
      ...defaultAuthenticationSettings,
      arc: { trustedSealers },
      dmarc: { ...defaultAuthenticationSettings.dmarc, apply: 'reject' },
    },
  });
  return authenticator.verify(parseMessage(Buffer.from(raw, 'latin1')), {
    client: { address: '192.0.2.1', helo: 'mx.provider.example' },
    sender: 'list@provider.example',
    recipients: [],
  });
}

describe('a chain', () => {
  const saw = 'mx.provider.example; spf=pass smtp.mailfrom=example.com; dmarc=pass header.from=example.com';

  it('of a believed sealer spares a message, and says so', async () => {
    const raw = await sealed(plain, 'provider.example', saw, 'none');
    const { arc, dmarc, field } = await verify(raw, ['provider.example']);
    expect(arc.result).toBe('pass');
    expect(dmarc).toMatchObject({
      result: 'fail',
      disposition: 'none',
      spared: true,
      overrides: [{ type: 'local_policy', comment: 'arc=pass as[1].d=provider.example as[1].s=s' }],
    });
    expect(field).toContain('dmarc=fail (p=reject dis=none)');
  });

  it('does not when nobody believes it, when it is broken, or when it saw another author', async () => {
    const raw = await sealed(plain, 'provider.example', saw, 'none');
    expect((await verify(raw, [])).dmarc.disposition).toBe('reject');
    expect((await verify(raw.replace('Hello', 'Hullo'), ['provider.example'])).dmarc.disposition).toBe(
      'reject',
    );
    const forged = raw.replace(/dmarc=pass/g, 'dmarc=fail');
    expect((await verify(forged, ['provider.example'])).dmarc.disposition).toBe('reject');
    const unnamed = await sealed(plain, 'provider.example', 'mx.provider.example; dmarc=pass', 'none');
    expect((await verify(unnamed, ['provider.example'])).dmarc.disposition).toBe('reject');
  });

  it('counts only as far as every later sealer is believed', async () => {
    const first = await sealed(plain, 'provider.example', saw, 'none');
    const later = 'mx.stranger.example; arc=pass; dmarc=fail header.from=example.com';
    const raw = await sealed(first, 'stranger.example', later, 'pass');
    const alone = await verify(raw, ['provider.example']);
    expect(alone.arc).toMatchObject({ result: 'pass', instances: 2 });
    expect(alone.dmarc.disposition).toBe('reject');
    expect((await verify(raw, ['provider.example', 'stranger.example'])).dmarc.disposition).toBe('none');
  });
});
