import type { Step } from '../../../policy/sasl/sasl.ts';
import type { Command } from '../types.ts';
import { BadArgument, ClientGone } from '../wire/errors.ts';
import { beginLogin, concluded, failed } from './authentication.ts';
import { LOGGED_OUT } from './command.ts';

/** RFC 9051 §6.2.2, with the initial response of RFC 4959 §3. */
export const authenticate: Command = {
  name: 'AUTHENTICATE',
  states: LOGGED_OUT,
  expunges: false,
  async run(session, args) {
    args.space();
    const mechanism = args.atom();
    let initial: Buffer | undefined;
    if (!args.atEnd) {
      args.space();
      // `=` is how nothing at all is written.
      initial = args.take('=') ? Buffer.alloc(0) : decode(args.astring());
      args.end();
    }
    const login = beginLogin(session, mechanism);
    let step: Step = await login.begin(initial);
    while (step.type === 'challenge') {
      session.sendRaw(`+ ${Buffer.from(step.data).toString('base64')}`);
      let line: string | undefined;
      try {
        line = await session.link.line();
      } catch (error) {
        if (error instanceof ClientGone) login.cancel();
        throw error;
      }
      const response = line === '*' || line === undefined ? undefined : base64(line);
      if (response === undefined) {
        login.cancel();
        const text = line === '*' ? 'Login was cancelled' : 'The response is no Base64';
        return failed(session, { status: 'BAD', text });
      }
      step = await login.respond(response);
    }
    if (step.type === 'success' && step.data !== undefined) {
      // The mechanism's last word is a challenge with an empty answer (RFC 9051 §6.2.2).
      session.sendRaw(`+ ${Buffer.from(step.data).toString('base64')}`);
      const line = await session.link.line();
      if (line !== '') return failed(session, { status: 'BAD', text: 'Login was cancelled' });
    }
    return concluded(session, step);
  },
};

function base64(text: string): Buffer | undefined {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
    ? Buffer.from(text, 'base64')
    : undefined;
}

function decode(text: string): Buffer {
  const octets = base64(text);
  if (octets === undefined) throw new BadArgument('The response is no Base64');
  return octets;
}
