import type { Login, Step } from '../../../policy/sasl/sasl.ts';
import { ClientGone, type Command, type Reply, type Session } from '../types.ts';
import { concluded } from './authentication.ts';
import { AUTHORIZATION, err } from './command.ts';

/** RFC 5034 §4. Without an argument it lists the mechanisms, as clients older than CAPA ask for them. */
export const auth: Command = {
  name: 'AUTH',
  states: AUTHORIZATION,
  arguments: [0, 2],
  async run(session, [mechanism, first]) {
    const { sasl } = session.options;
    if (mechanism === undefined) {
      for (const line of ['+OK', ...sasl.mechanisms(session.channel), '.']) session.send(line);
      return undefined;
    }
    const login = sasl.login(mechanism, session.channel);
    if (login === undefined)
      return err(
        session.channel.tls === undefined &&
          session.link.startTls &&
          sasl.mechanisms(session.channel).length === 0
          ? 'Use STLS first'
          : 'There is no such mechanism',
      );
    // `=` is how nothing at all is written.
    const initial = first === undefined ? undefined : first === '=' ? Buffer.alloc(0) : base64(first);
    if (first !== undefined && initial === undefined) return err('The response is no Base64');
    return exchange(session, login, initial);
  },
};

async function exchange(session: Session, login: Login, initial: Buffer | undefined): Promise<Reply> {
  let step: Step = await login.begin(initial);
  while (step.type === 'challenge') {
    let line: string;
    try {
      line = await challenged(session, step.data);
    } catch (error) {
      if (error instanceof ClientGone) login.cancel();
      throw error;
    }
    const response = base64(line);
    if (response === undefined) {
      login.cancel();
      return session.loginFailed(err(line === '*' ? 'Login was cancelled' : 'The response is no Base64'));
    }
    step = await login.respond(response);
  }
  // The mechanism's last word is a challenge with an empty answer.
  if (step.type === 'success' && step.data !== undefined && (await challenged(session, step.data)) !== '')
    return session.loginFailed(err('Login was cancelled'));
  return concluded(session, step);
}

async function challenged(session: Session, data: Uint8Array): Promise<string> {
  session.send(`+ ${Buffer.from(data).toString('base64')}`);
  await session.sendNow();
  return session.link.line();
}

function base64(text: string): Buffer | undefined {
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
    ? Buffer.from(text, 'base64')
    : undefined;
}
