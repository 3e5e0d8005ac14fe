import type { OAuthSettings } from '../../settings.ts';
import type { TokenOwner } from './token.ts';

/** Seconds by which the provider's clock may differ from ours. */
const LEEWAY = 60;

/**
 * The owner named by the claims of a token that is known to be genuine, or undefined when it is not (or no longer, or
 * not yet) meant for us. The claims of a JWT (RFC 7519 §4.1) and of an introspection (RFC 7662 §2.2) are the same.
 * `now` in milliseconds.
 */
export function ownerByClaims(
  claims: Readonly<Record<string, unknown>>,
  settings: Pick<OAuthSettings, 'issuer' | 'audience' | 'scope' | 'userClaim'>,
  now: number,
): TokenOwner | undefined {
  const seconds = now / 1000;
  const { exp, nbf, iss, aud, scope } = claims;
  if (exp !== undefined && !(typeof exp === 'number' && exp + LEEWAY > seconds)) return undefined;
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf - LEEWAY <= seconds)) return undefined;
  if (settings.issuer !== '' && iss !== settings.issuer) return undefined;
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud];
  if (settings.audience !== '' && !audiences.includes(settings.audience)) return undefined;
  const scopes = typeof scope === 'string' ? scope.split(' ') : [];
  if (settings.scope !== '' && !scopes.includes(settings.scope)) return undefined;
  // OpenID Connect: an address that the provider has not verified may be anybody's.
  if (settings.userClaim === 'email' && claims['email_verified'] === false) return undefined;
  const user = Object.hasOwn(claims, settings.userClaim) ? claims[settings.userClaim] : undefined;
  return typeof user === 'string' && user !== '' ? { user } : undefined;
}

/** A JSON object, or undefined. */
export function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
