import { checkToken, MAX_RESPONSE, refuseToken } from './oauth/mechanism.ts';
import { EMPTY, failure, utf8 } from './text.ts';
import type { Mechanism } from './types.ts';

/** XOAUTH2, the form before RFC 7628 that large providers made common: `user=…^Aauth=Bearer …^A^A`. */
export const xoauth2: Mechanism = {
  name: 'XOAUTH2',
  available: ({ tokens }) => tokens !== undefined,
  async *exchange(context) {
    const response = utf8(yield EMPTY, MAX_RESPONSE);
    const match = /^user=([^\0\x01]*)\x01auth=bearer +([^\0\x01 ]+)\x01\x01$/i.exec(response ?? '');
    const [, user = '', token = ''] = match ?? [];
    if (match === null || user === '') return failure('malformed');
    return (
      (await checkToken(context, user, token)) ??
      (yield* refuseToken(user, { status: '401', schemes: 'bearer', scope: '' }))
    );
  },
};
