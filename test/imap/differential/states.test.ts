import { expect, test } from 'vitest';
import { describeDovecot } from './describe-dovecot.ts';
import { TwoServers } from './two-servers.ts';

/** Commands in every state, and what they say of it. */
const COMMANDS = ['NOOP', 'CHECK', 'CLOSE', 'UNSELECT', 'FETCH 1 FLAGS', 'SELECT INBOX', 'LIST "" *'];

describeDovecot('beside Dovecot', () => {
  const servers = new TwoServers();

  test('commands are refused or done alike in each state', async () => {
    const clients = await servers.login(await servers.account());
    for (const select of ['NOOP', 'SELECT INBOX', 'EXAMINE INBOX'])
      for (const command of COMMANDS) {
        await clients.ok(select);
        const { ours, theirs } = await clients.command(command);
        expect([select, command, ours.status]).toEqual([select, command, theirs.status]);
      }
  });
});
