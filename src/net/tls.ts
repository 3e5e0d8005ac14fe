import { createPrivateKey, X509Certificate } from 'node:crypto';
import { generate } from 'selfsigned';

/** What a server shows its clients. PEM text; `cert` holds the chain. */
export interface TlsIdentity {
  key: string;
  cert: string;
}

/** Lowest version servers speak: TLS 1.0 and 1.1 are retired (RFC 8996 §1). */
export const MIN_TLS_VERSION = 'TLSv1.2';

/** Ten years: nobody checks a certificate that nobody signed, so that it runs out would only break things. */
const VALID_YEARS = 10;

/**
 * A key and a certificate for `hostname` signed by nobody: enough for the opportunistic TLS of RFC 7435 §3, where a
 * mail client does not verify. RSA of 2048 bits, which every client speaks; takes some tenths of a second.
 */
export async function selfSignedCertificate(hostname: string, now: Date): Promise<TlsIdentity> {
  const notAfterDate = new Date(now);
  notAfterDate.setUTCFullYear(notAfterDate.getUTCFullYear() + VALID_YEARS);
  const made = await generate([{ name: 'commonName', value: hostname.slice(0, 64) }], {
    keySize: 2048,
    algorithm: 'sha256',
    notBeforeDate: now,
    notAfterDate,
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: hostname }] }],
  });
  return { key: made.private, cert: made.cert };
}

/**
 * What is wrong with an identity, or undefined: read before it replaces one that works, so that a half-written file
 * does not take TLS away.
 */
export function identityFault(identity: TlsIdentity): string | undefined {
  try {
    const certificate = new X509Certificate(identity.cert);
    if (!certificate.checkPrivateKey(createPrivateKey(identity.key)))
      return 'the key is not that of the certificate';
    return undefined;
  } catch (error) {
    return `no usable key and certificate: ${error instanceof Error ? error.message : String(error)}`;
  }
}
