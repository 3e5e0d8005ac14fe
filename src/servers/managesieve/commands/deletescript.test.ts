import { expect, test } from 'vitest';
import { ManageSieveRig } from '../../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();

test('a script goes, the active one stays', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.command('PUTSCRIPT "a" "keep;"');
  await client.command('PUTSCRIPT "b" "keep;"');
  await client.command('SETACTIVE "a"');
  expect(await client.command('DELETESCRIPT "a"')).toMatchObject({ status: 'NO', code: 'ACTIVE' });
  expect((await client.command('DELETESCRIPT {1+}\r\nb')).raw).toBe('OK "The script is deleted"\r\n');
  expect(await client.command('DELETESCRIPT "b"')).toMatchObject({ status: 'NO', code: 'NONEXISTENT' });
  expect((await client.command('LISTSCRIPTS')).lines).toEqual(['"a" ACTIVE']);
});
