import type { FailureReason } from '../../../policy/sasl/types.ts';
import { ArgumentError } from '../arguments.ts';
import type { Session } from '../session.ts';
import type { Argument, Response } from '../wire/types.ts';
import type { Command, CommandResult } from './command.ts';

/** Mechanisms that show a password to who can listen, or rest on broken hashes (RFC 6331 §1). */
const WEAK = new Set(['CRAM-MD5', 'DIGEST-MD5', 'NTLM', 'ANONYMOUS']);

const TEXTS: Readonly<Record<FailureReason, string>> = {
  credentials: 'Wrong user name or password',
  malformed: 'The response is not what the mechanism says',
  unauthorized: 'You may not log in for this user',
  binding: 'Channel binding failed',
  blocked: 'Too many failed logins from your address, try again later',
  busy: 'Too many logins at once, try again later',
  temporary: 'Logins cannot be checked now, try again later',
};
const LATER: ReadonlySet<FailureReason> = new Set(['blocked', 'busy', 'temporary']);

/** RFC 5804 §2.1. */
export const authenticate: Command = {
  name: 'AUTHENTICATE',
  state: 'logged-out',
  arguments: [1, 2],
  async run(session, args) {
    const mechanism = args.text(0);
    const login = session.options.sasl.login(mechanism, session.channel);
    if (login === undefined) return { response: noMechanism(session, mechanism) };
    const initial = args.count > 1 ? decode(args.octets(1)) : undefined;
    let step = await login.begin(initial);
    while (step.type === 'challenge') {
      const line = await session.link.ask(step.data);
      const response = line?.type === 'response' ? responseOf(line.argument) : undefined;
      if (response === undefined) {
        login.cancel();
        const text = line === undefined ? 'Gone' : 'Login was cancelled';
        return failed(session, { status: 'NO', text });
      }
      step = await login.respond(response);
    }
    if (step.type === 'failure')
      return failed(session, {
        status: 'NO',
        text: TEXTS[step.reason],
        ...(LATER.has(step.reason) ? { code: { name: 'TRYLATER' } } : {}),
      });
    session.account = step.account;
    session.failedLogins = 0;
    const code = step.data === undefined ? {} : { code: { name: 'SASL', value: base64(step.data) } as const };
    return { response: { status: 'OK', ...code, text: 'Logged in' } };
  },
};

function noMechanism({ channel, link }: Session, name: string): Response {
  if (channel.tls === undefined && link.startTls)
    return { status: 'NO', code: { name: 'ENCRYPT-NEEDED' }, text: 'Use STARTTLS first' };
  return WEAK.has(name.toUpperCase())
    ? { status: 'NO', code: { name: 'AUTH-TOO-WEAK' }, text: 'This mechanism is too weak' }
    : { status: 'NO', text: 'There is no such mechanism' };
}

function failed(session: Session, response: Response): CommandResult {
  session.failedLogins++;
  if (session.failedLogins < session.options.settings.loginAttempts) return { response };
  return { response: { ...response, status: 'BYE' } };
}

/** Octets of a response; undefined when the client cancels by `"*"`, or sends no Base64. */
function responseOf(argument: Argument): Buffer | undefined {
  if (argument.type !== 'string') return undefined;
  try {
    return decode(argument.octets);
  } catch {
    return undefined;
  }
}

/** Base64; `=` alone is what other protocols write for nothing at all. */
function decode(octets: Buffer): Buffer {
  const text = octets.toString('latin1');
  if (text === '=') return Buffer.alloc(0);
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text))
    throw new ArgumentError('The response is no Base64');
  return Buffer.from(text, 'base64');
}

const base64 = (octets: Uint8Array): Buffer => Buffer.from(Buffer.from(octets).toString('base64'));
