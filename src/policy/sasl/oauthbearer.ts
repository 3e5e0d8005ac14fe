import { checkToken, MAX_RESPONSE, refuseToken } from './oauth/mechanism.ts';
import { EMPTY, failure, utf8 } from './text.ts';
import type { Mechanism } from './types.ts';

/**
 * OAUTHBEARER (RFC 7628 §3.1):
 *
 *     client-resp = (gs2-header kvsep *kvpair kvsep) / kvsep
 *     kvpair      = key "=" value kvsep
 */
export const oauthBearer: Mechanism = {
  name: 'OAUTHBEARER',
  available: ({ tokens }) => tokens !== undefined,
  async *exchange(context) {
    const response = utf8(yield EMPTY, MAX_RESPONSE);
    // RFC 7628 §3.1: channel binding is for OAuth 1 only; `p=` is refused.
    const match = /^[ny],(?:a=([^,\0\x01]*))?,\x01((?:[A-Za-z]+=[^\0\x01]*\x01)*)\x01$/.exec(response ?? '');
    if (match === null) return failure('malformed');
    const user = (match[1] ?? '').replaceAll('=2C', ',').replaceAll('=3D', '=');
    const bearer = (match[2] ?? '')
      .split('\x01')
      .map((pair) => /^auth=bearer +(\S+)$/i.exec(pair)?.[1])
      .find((token) => token !== undefined);
    if (bearer === undefined) return failure('malformed', user);
    const { openidConfiguration } = context;
    return (
      (await checkToken(context, user, bearer)) ??
      (yield* refuseToken(user, {
        status: 'invalid_token',
        ...(openidConfiguration === '' ? {} : { 'openid-configuration': openidConfiguration }),
      }))
    );
  },
};
