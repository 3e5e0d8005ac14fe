import { expect, test } from 'vitest';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';

const rig = new Pop3Rig();

test('there is English', async () => {
  await rig.start();
  const client = await rig.client();
  expect(await client.lines('LANG')).toEqual(['en English']);
  for (const range of ['en', '*', 'EN-gb', 'i-default'])
    expect(await client.command(`LANG ${range}`)).toMatch(/^\+OK en /);
  for (const range of ['de', 'eng', 'x'])
    expect(await client.command(`LANG ${range}`)).toBe('-ERR There is no such language here');
  const logged = await rig.loggedIn();
  expect(await logged.lines('LANG')).toEqual(['en English']);
});
