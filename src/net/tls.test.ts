import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { identityFault, selfSignedCertificate } from './tls.ts';

describe('selfSignedCertificate', () => {
  it('makes a certificate for the host that its own key fits', async () => {
    const identity = await selfSignedCertificate('mail.example.com', new Date('2026-01-02T03:04:05Z'));
    const certificate = new X509Certificate(identity.cert);
    expect(certificate.checkHost('mail.example.com')).toBe('mail.example.com');
    expect(new Date(certificate.validTo).getUTCFullYear()).toBe(2036);
    expect(identityFault(identity)).toBeUndefined();
  });

  it('says what is wrong with an identity', async () => {
    const one = await selfSignedCertificate('a.example.com', new Date());
    const other = await selfSignedCertificate('b.example.com', new Date());
    expect(identityFault({ key: one.key, cert: other.cert })).toMatch(/not that of/);
    expect(identityFault({ key: one.key, cert: 'nonsense' })).toMatch(/no usable/);
  });
});
