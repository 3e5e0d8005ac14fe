import { failure } from '../text.ts';
import type { MechanismContext, Outcome } from '../types.ts';
import { isToken } from './token.ts';

/** Octets of a first response: the token and a little round it. */
export const MAX_RESPONSE = 20_000;

/** Checks a token; `user` is who the client says it is, '' when it does not say. Undefined: not a good one. */
export async function checkToken(
  context: MechanismContext,
  user: string,
  token: string,
): Promise<Outcome | undefined> {
  const { tokens, accounts } = context;
  if (tokens === undefined || !isToken(token)) return undefined;
  const account = await context.guarded(user, async () => {
    const owner = await tokens.verify(token);
    return owner === undefined ? undefined : accounts.owner(owner.user);
  });
  return account === undefined ? undefined : context.admit(account, user);
}

/**
 * RFC 7628 §3.2.2: a token that is not good is answered with the reason as JSON; the client sends one more response,
 * and only then the exchange fails.
 */
export async function* refuseToken(
  user: string,
  error: object,
): AsyncGenerator<Uint8Array, Outcome, Uint8Array> {
  yield Buffer.from(JSON.stringify(error));
  return failure('credentials', user);
}
