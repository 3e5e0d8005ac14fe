import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ANNA, ManageSieveRig } from '../../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();

test('one script is active at a time; "" means none, and always works', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  expect((await client.command('SETACTIVE ""')).status).toBe('OK');
  await client.command('PUTSCRIPT "a" "keep;"');
  await client.command('PUTSCRIPT "b" "keep;"');
  expect((await client.command('SETACTIVE "a"')).raw).toBe('OK "The script is active"\r\n');
  expect((await client.command('SETACTIVE {1+}\r\nb')).status).toBe('OK');
  expect((await client.command('LISTSCRIPTS')).lines).toEqual(['"a"', '"b" ACTIVE']);
  expect((await client.command('SETACTIVE {0+}\r\n')).status).toBe('OK');
  expect((await client.command('LISTSCRIPTS')).lines).toEqual(['"a"', '"b"']);
});

test('a script that is not there, or has errors, is not activated', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  expect(await client.command('SETACTIVE "none"')).toMatchObject({ status: 'NO', code: 'NONEXISTENT' });
  await client.command('PUTSCRIPT "a" "keep;"');
  await client.command('SETACTIVE "a"');
  // An admin's editor checks nothing.
  writeFileSync(join(rig.folder, 'sieve', ANNA, 'scripts', 'bad.sieve'), 'foo;');
  expect((await client.command('SETACTIVE "bad"')).text).toMatch(/^bad: line 1: error: /);
  expect((await client.command('LISTSCRIPTS')).lines).toEqual(['"a" ACTIVE', '"bad"']);
});
