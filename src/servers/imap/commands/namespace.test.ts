import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: 'NAMESPACE', states: LOGGED_IN });

const rig = new ImapRig();

test("one's own, those of others, public ones", async () => {
  await rig.start();
  const client = await rig.loggedIn();
  expect((await client.ok('NAMESPACE')).untagged).toEqual([
    'NAMESPACE (("" "/")) (("Other Users/" "/")) (("Public/" "/"))',
  ]);
});
