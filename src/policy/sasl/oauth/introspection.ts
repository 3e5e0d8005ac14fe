import type { OAuthSettings } from '../../settings.ts';
import { jsonObject, ownerByClaims } from './claims.ts';
import type { TokenVerifier } from './token.ts';

/** Octets of an answer; a few hundred are usual. */
const MAX_ANSWER = 65_536;

/** Asks the authorization server about tokens (RFC 7662 §2). `request` is `fetch`. */
export function createIntrospection(
  settings: OAuthSettings,
  request: typeof fetch,
  now: () => number,
): TokenVerifier {
  const { clientId, clientSecret } = settings;
  // RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
  const login = [clientId, clientSecret].map(encodeURIComponent).join(':');
  return {
    async verify(token) {
      const answer = await request(settings.introspectionUrl, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          ...(clientId === '' ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` }),
        },
        body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
        // Nobody else is to see the token.
        redirect: 'error',
        signal: AbortSignal.timeout(settings.timeout),
      });
      if (!answer.ok) {
        await answer.body?.cancel();
        throw new Error(`the introspection endpoint answered ${answer.status}`);
      }
      const claims = jsonObject(await limitedText(answer));
      if (claims === undefined) throw new Error('the introspection endpoint sent no JSON object');
      return claims['active'] === true ? ownerByClaims(claims, settings, now()) : undefined;
    },
  };
}

async function limitedText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > MAX_ANSWER) throw new Error('the introspection endpoint sent too much');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
