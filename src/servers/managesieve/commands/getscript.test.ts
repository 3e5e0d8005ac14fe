import { expect, test } from 'vitest';
import { ManageSieveRig } from '../../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();

test('a script comes as a literal, byte for byte, then OK', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  const source = '# "ü"\r\nkeep;';
  await client.command(`PUTSCRIPT "a" {${Buffer.byteLength(source)}+}\r\n${source}`);
  for (const name of ['"a"', '{1+}\r\na', '{1}\r\na'])
    expect((await client.command(`GETSCRIPT ${name}`)).raw).toBe(
      `{${Buffer.byteLength(source)}}\r\n${source}\r\nOK "This is the script"\r\n`,
    );
  await client.command('PUTSCRIPT "empty" ""');
  expect((await client.command('GETSCRIPT "empty"')).raw).toBe('{0}\r\n\r\nOK "This is the script"\r\n');
});

test.each(['"none"', '""', '"../a"', '"."'])('%s is not there', async (name) => {
  await rig.start();
  const client = await rig.loggedIn();
  expect(await client.command(`GETSCRIPT ${name}`)).toMatchObject({ status: 'NO', code: 'NONEXISTENT' });
});
