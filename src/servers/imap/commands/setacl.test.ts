import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { BERT, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['SETACL ', text('INBOX'), ' ', text(BERT), ' ', text('lr')], states: LOGGED_IN });

const rig = new ImapRig();

test('rights are set, added, taken', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok('CREATE a');
  const rights = async (): Promise<string> =>
    (await client.ok('GETACL a')).untagged.join().split(' ').at(-1) ?? '';
  await client.ok(`SETACL a ${BERT} lrs`);
  await client.ok(`SETACL a ${BERT} +w`);
  await client.ok(`SETACL a ${BERT} -s`);
  expect(await rights()).toBe('lrw');
  await client.ok(`SETACL a ${BERT} t`);
  expect(await rights()).toMatch(/^td?$/);
  expect((await client.command(`SETACL a ${BERT} lz`)).status).toBe('BAD');
  expect((await client.command(`SETACL a ${BERT} l+r`)).status).toBe('BAD');
  expect((await client.command(`SETACL missing ${BERT} l`)).code).toBe('NONEXISTENT');
});
