import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ADMIN, ANNA, BERT, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['GETQUOTA ', text(ANNA)], states: LOGGED_IN });

const rig = new ImapRig();

test('users see their own alone', async () => {
  await rig.start();
  const admin = await rig.loggedIn(ADMIN);
  const client = await rig.loggedIn();
  await admin.ok(`SETQUOTA ${ANNA} (STORAGE 100 MESSAGE 10)`);
  await rig.deliver([`Subject: x\n\n${'x'.repeat(3000)}\n`]);
  for (const one of [client, admin])
    expect((await one.ok(`GETQUOTA ${ANNA}`)).untagged).toEqual([
      `QUOTA ${ANNA} (STORAGE 3 100 MESSAGE 1 10)`,
    ]);
  for (const root of [BERT, 'nobody@example.org', ''])
    expect((await client.command(`GETQUOTA "${root}"`)).status, root).toBe('NO');
});
