import { expect, test } from 'vitest';
import { ManageSieveRig } from '../../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();

test('the active script stays active; no other is replaced', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.command('PUTSCRIPT "a" "keep;"');
  await client.command('PUTSCRIPT "b" "stop;"');
  await client.command('SETACTIVE "a"');
  expect((await client.command('RENAMESCRIPT "a" {1+}\r\nc')).raw).toBe('OK "The script is renamed"\r\n');
  expect((await client.command('LISTSCRIPTS')).lines).toEqual(['"b"', '"c" ACTIVE']);
  expect(await client.command('RENAMESCRIPT "b" "c"')).toMatchObject({ status: 'NO', code: 'ALREADYEXISTS' });
  expect(await client.command('RENAMESCRIPT "none" "d"')).toMatchObject({
    status: 'NO',
    code: 'NONEXISTENT',
  });
  for (const name of ['""', '"x/y"'])
    expect(await client.command(`RENAMESCRIPT "b" ${name}`)).toMatchObject({ status: 'NO', code: '' });
  expect((await client.command('GETSCRIPT "c"')).lines).toEqual(['{5}\r\nkeep;']);
});
