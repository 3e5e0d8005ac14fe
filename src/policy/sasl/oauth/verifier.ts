import type { OAuthSettings } from '../../settings.ts';
import { createIntrospection } from './introspection.ts';
import { createJwtVerifier } from './jwt.ts';
import type { TokenVerifier } from './token.ts';

/** Octets; a JWT with many groups has some thousand. */
const MAX_TOKEN = 16_384;

/**
 * The verifier of the settings, or undefined when they name neither keys nor an introspection endpoint. With both, a
 * token that no key has signed is asked about. Throws for a key that is none.
 */
export function createTokenVerifier(
  settings: OAuthSettings,
  request: typeof fetch = fetch,
  now: () => number = Date.now,
): TokenVerifier | undefined {
  const verifiers = [
    ...(settings.jwtKeys.length > 0 ? [createJwtVerifier(settings, now)] : []),
    ...(settings.introspectionUrl === '' ? [] : [createIntrospection(settings, request, now)]),
  ];
  if (verifiers.length === 0) return undefined;
  return {
    async verify(token) {
      if (token.length > MAX_TOKEN) return undefined;
      for (const verifier of verifiers) {
        const owner = await verifier.verify(token);
        if (owner !== undefined) return owner;
      }
      return undefined;
    },
  };
}
