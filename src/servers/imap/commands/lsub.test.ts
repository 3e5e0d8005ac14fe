import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['LSUB ', text(''), ' ', text('*')], states: LOGGED_IN });

const rig = new ImapRig();

test('only what is subscribed, and levels above it with a percent sign', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  for (const name of ['a/b', 'c']) await client.ok(`CREATE ${name}`);
  for (const name of ['INBOX', 'a', 'c']) await client.ok(`UNSUBSCRIBE ${name}`);
  await client.ok('SUBSCRIBE a/b');
  const shown = async (pattern: string): Promise<string[]> =>
    (await client.ok(`LSUB "" ${pattern}`)).untagged.filter((line) => !line.includes('Junk'));
  expect(await shown('*')).toEqual(['LSUB () "/" a/b']);
  expect(await shown('%')).toEqual(['LSUB (\\Noselect) "/" a']);
  expect(await shown('a/%')).toEqual(['LSUB () "/" a/b']);
});
