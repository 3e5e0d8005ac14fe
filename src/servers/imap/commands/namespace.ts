import type { Namespace } from '../../../store/mail/types.ts';
import { takesUtf8 } from '../text.ts';
import type { Command } from '../types.ts';
import { LOGGED_IN, ok } from './command.ts';
import { mailboxString } from '../wire/writer.ts';

/** RFC 9051 §6.3.10, RFC 2342 §5. */
export const namespace: Command = {
  name: 'NAMESPACE',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.end();
    const { personal, others, shared } = session.user.namespaces;
    const utf8 = takesUtf8(session);
    const group = (namespaces: readonly Namespace[]): string =>
      namespaces.length === 0
        ? 'NIL'
        : `(${namespaces.map(({ prefix, delimiter }) => `(${mailboxString(prefix, utf8)} "${delimiter}")`).join('')})`;
    session.send(`NAMESPACE ${group(personal)} ${group(others)} ${group(shared)}`);
    return ok('Done');
  },
};
