import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ADMIN, ANNA, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['GETQUOTAROOT ', text('INBOX')], states: LOGGED_IN });

const rig = new ImapRig();

test('the root, then what it limits', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  expect((await client.ok('GETQUOTAROOT INBOX')).untagged[0]).toBe(`QUOTAROOT INBOX ${ANNA}`);
  await (await rig.loggedIn(ADMIN)).ok(`SETQUOTA ${ANNA} (MAILBOX 5)`);
  const [root, quota, ...more] = (await client.ok('GETQUOTAROOT inbox')).untagged;
  expect([root, more]).toEqual([`QUOTAROOT INBOX ${ANNA}`, []]);
  expect(quota).toMatch(/^QUOTA anna@example\.org \(MAILBOX \d 5\)$/);
  expect((await client.command('GETQUOTAROOT missing')).code).toBe('NONEXISTENT');
});
