import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { OAuthSettings } from '../../settings.ts';
import { jsonObject, ownerByClaims } from './claims.ts';
import type { TokenOwner, TokenVerifier } from './token.ts';

/**
 * Signatures of RFC 7518 §3.1 and RFC 8037 §3.1 with a key pair, by the type of key each wants. Not `none`, and not the HMACs:
 * a public key taken for a secret would let anybody sign.
 */
const ALGORITHMS: Readonly<Record<string, { type: string; curve?: string; hash: string | null }>> = {
  RS256: { type: 'rsa', hash: 'sha256' },
  RS384: { type: 'rsa', hash: 'sha384' },
  RS512: { type: 'rsa', hash: 'sha512' },
  ES256: { type: 'ec', curve: 'prime256v1', hash: 'sha256' },
  ES384: { type: 'ec', curve: 'secp384r1', hash: 'sha384' },
  EdDSA: { type: 'ed25519', hash: null },
};

/** Verifies tokens that are JWTs (RFC 7519 §7.2) by the public keys of the settings. Throws for a key that is none. */
export function createJwtVerifier(settings: OAuthSettings, now: () => number): TokenVerifier {
  const keys = settings.jwtKeys.map((pem) => createPublicKey(pem));
  return {
    async verify(token): Promise<TokenOwner | undefined> {
      const [head = '', payload = '', signature = '', ...more] = token.split('.');
      if (more.length > 0) return undefined;
      const header = jsonObject(decode(head));
      const name = header?.['alg'];
      const algorithm =
        typeof name === 'string' && Object.hasOwn(ALGORITHMS, name) ? ALGORITHMS[name] : undefined;
      // RFC 7515 §4.1.11: `crit` names extensions that must be understood, and none is.
      if (header === undefined || algorithm === undefined || header['crit'] !== undefined) return undefined;
      const signed = Buffer.from(`${head}.${payload}`);
      const octets = Buffer.from(signature, 'base64url');
      const good = keys.some(
        (key) =>
          fits(key, algorithm) && verify(algorithm.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, octets),
      );
      const claims = good ? jsonObject(decode(payload)) : undefined;
      // A token without an end would be good for ever.
      if (claims === undefined || typeof claims['exp'] !== 'number') return undefined;
      return ownerByClaims(claims, settings, now());
    },
  };
}

const decode = (part: string): string => Buffer.from(part, 'base64url').toString('utf8');

const fits = (key: KeyObject, { type, curve }: { type: string; curve?: string }): boolean =>
  key.asymmetricKeyType === type && (curve === undefined || key.asymmetricKeyDetails?.namedCurve === curve);
