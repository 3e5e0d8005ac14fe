import { EMPTY, failure, utf8 } from './text.ts';
import type { Mechanism } from './types.ts';

/**
 * PLAIN (RFC 4616 §2):
 *
 *     message = [authzid] UTF8NUL authcid UTF8NUL passwd
 */
export const plain: Mechanism = {
  name: 'PLAIN',
  available: () => true,
  async *exchange(context) {
    const fields = utf8(yield EMPTY)?.split('\0');
    const [authorization = '', user = '', password = ''] = fields ?? [];
    if (fields?.length !== 3 || user === '' || password === '') return failure('malformed');
    const account = await context.guarded(user, () => context.accounts.verify(user, password));
    if (account === undefined) return failure('credentials', user);
    return context.admit(account, authorization);
  },
};
