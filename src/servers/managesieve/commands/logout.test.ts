import { expect, test } from 'vitest';
import { ManageSieveRig } from '../../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();

test('ends the connection, in every state; what comes behind it is not looked at', async () => {
  await rig.start();
  for (const client of [await rig.client(), await rig.loggedIn()]) {
    client.send('LOGOUT\r\nNOOP "late"\r\n');
    expect(await client.reply()).toMatchObject({ status: 'OK', text: 'Bye' });
    await client.hungUp();
    expect(client.unread).toBe('');
  }
});
