import { failure, utf8 } from './text.ts';
import type { Mechanism } from './types.ts';

/** LOGIN, which no RFC describes: name and password one after another. For old clients that know nothing else. */
export const login: Mechanism = {
  name: 'LOGIN',
  available: () => true,
  async *exchange(context) {
    const user = utf8(yield Buffer.from('Username:'));
    if (user === undefined || user === '') return failure('malformed');
    const password = utf8(yield Buffer.from('Password:'));
    if (password === undefined || password === '') return failure('malformed', user);
    const account = await context.guarded(user, () => context.accounts.verify(user, password));
    return account === undefined ? failure('credentials', user) : context.admit(account, '');
  },
};
