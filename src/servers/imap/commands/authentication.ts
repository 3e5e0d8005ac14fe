import type { Login, Step } from '../../../policy/sasl/sasl.ts';
import type { FailureReason } from '../../../policy/sasl/types.ts';
import { capabilities } from '../capabilities.ts';
import type { Result, SessionControl } from '../types.ts';
import { Refusal } from '../wire/errors.ts';
import { no, ok } from './command.ts';

/** Response codes of RFC 5530 §3. */
const FAILURES: Readonly<Record<FailureReason, readonly [code: string, text: string]>> = {
  credentials: ['AUTHENTICATIONFAILED', 'Wrong user name or password'],
  malformed: ['AUTHENTICATIONFAILED', 'The response is not what the mechanism says'],
  unauthorized: ['AUTHORIZATIONFAILED', 'You may not log in for this user'],
  binding: ['AUTHENTICATIONFAILED', 'Channel binding failed'],
  blocked: ['UNAVAILABLE', 'Too many failed logins from your address, try again later'],
  busy: ['UNAVAILABLE', 'Too many logins at once, try again later'],
  temporary: ['UNAVAILABLE', 'Logins cannot be checked now, try again later'],
};

/** The answer to the end of a login. */
export async function concluded(
  session: SessionControl,
  step: Exclude<Step, { type: 'challenge' }>,
): Promise<Result> {
  if (step.type === 'failure') return failed(session, no(FAILURES[step.reason][1], FAILURES[step.reason][0]));
  await session.login(step.account);
  return ok('Logged in', `CAPABILITY ${capabilities(session).join(' ')}`);
}

/** The connection ends with the last try. */
export function failed(session: SessionControl, result: Result): Result {
  if (!session.loginFailed()) return result;
  session.send('BYE Too many failed logins');
  session.afterwards = 'close';
  return result;
}

/** Undefined when this connection does not have the mechanism. */
export function beginLogin(session: SessionControl, mechanism: string): Login {
  const { channel, link, options } = session;
  const login = options.sasl.login(mechanism, channel);
  if (login !== undefined) return login;
  // Where there are mechanisms without TLS, TLS is not what is missing.
  if (channel.tls === undefined && link.startTls && options.sasl.mechanisms(channel).length === 0)
    throw new Refusal('Use STARTTLS first', 'PRIVACYREQUIRED');
  throw new Refusal('There is no such mechanism', 'CANNOT');
}
