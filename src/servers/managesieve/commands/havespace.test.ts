import { expect, test } from 'vitest';
import { ManageSieveRig } from '../../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();

test('answers with the quota that would be met', async () => {
  await rig.start({ store: { maxScriptBytes: 100, maxScripts: 2, maxScriptStorage: 120 } });
  const client = await rig.loggedIn();
  expect((await client.command('HAVESPACE "a" 100')).status).toBe('OK');
  expect(await client.command('HAVESPACE "a" 101')).toMatchObject({ status: 'NO', code: 'QUOTA/MAXSIZE' });
  expect(await client.command('HAVESPACE {1+}\r\na 4294967295')).toMatchObject({ code: 'QUOTA/MAXSIZE' });
  await client.command('PUTSCRIPT "a" "keep;"');
  await client.command(`PUTSCRIPT "b" "#${'x'.repeat(80)}"`);
  expect(await client.command('HAVESPACE "c" 1')).toMatchObject({ status: 'NO', code: 'QUOTA/MAXSCRIPTS' });
  expect(await client.command('HAVESPACE "a" 50')).toMatchObject({ status: 'NO', code: 'QUOTA/MAXSTORAGE' });
  expect((await client.command('HAVESPACE "a" 39')).status).toBe('OK');
});

test.each([
  'HAVESPACE "a" "1"',
  'HAVESPACE 1 1',
  'HAVESPACE "a/b" 1',
  'HAVESPACE "" 1',
  'HAVESPACE "a" 4294967296',
  'HAVESPACE "a" -1',
])('%s is refused', async (command) => {
  await rig.start();
  const client = await rig.loggedIn();
  expect(await client.command(command)).toMatchObject({ status: 'NO', code: '' });
});
