import type { Step } from '../../../policy/sasl/sasl.ts';
import type { FailureReason } from '../../../policy/sasl/types.ts';
import type { Reply, Session } from '../types.ts';
import { err } from './command.ts';

/** RFC 3206 §4 and §5: whether a client should ask for the password again. */
const FAILURES: Readonly<Record<FailureReason, Reply>> = {
  credentials: err('Wrong user name or password', 'AUTH'),
  // Nothing is wrong with the password: a client that forgets it at AUTH must keep it.
  malformed: err('The response is not what the mechanism says'),
  unauthorized: err('You may not log in for this user', 'AUTH'),
  binding: err('Channel binding failed', 'AUTH'),
  blocked: err('Too many failed logins from your address, try again later', 'SYS/TEMP'),
  busy: err('Too many logins at once, try again later', 'SYS/TEMP'),
  temporary: err('Logins cannot be checked now, try again later', 'SYS/TEMP'),
};

/** The answer to the end of a login. */
export async function concluded(
  session: Session,
  step: Exclude<Step, { type: 'challenge' }>,
): Promise<Reply> {
  return step.type === 'failure' ? session.loginFailed(FAILURES[step.reason]) : session.login(step.account);
}
