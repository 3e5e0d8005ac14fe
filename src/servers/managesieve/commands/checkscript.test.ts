import { expect, test } from 'vitest';
import { ManageSieveRig } from '../../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();

test('says what PUTSCRIPT would say, and keeps nothing', async () => {
  await rig.start({ store: { maxScripts: 1 } });
  const client = await rig.loggedIn();
  await client.command('PUTSCRIPT "a" "keep;"');
  expect((await client.command('CHECKSCRIPT "keep;"')).raw).toBe('OK "The script has no errors"\r\n');
  expect((await client.command('CHECKSCRIPT {0+}\r\n')).status).toBe('OK');
  expect((await client.command('CHECKSCRIPT {4+}\r\nfoo;')).text).toMatch(/^script: line 1: error: /);
  expect(await client.command('CHECKSCRIPT "stop; keep;"')).toMatchObject({ status: 'OK', code: 'WARNINGS' });
  expect((await client.command('LISTSCRIPTS')).lines).toEqual(['"a"']);
});

test('a script larger than may be is refused, and read over', async () => {
  await rig.start({ store: { maxScriptBytes: 100 } });
  const client = await rig.loggedIn();
  expect(await client.command(`CHECKSCRIPT {200+}\r\n${'LOGOUT\r\n'.repeat(25)}`)).toMatchObject({
    status: 'NO',
    code: 'QUOTA/MAXSIZE',
  });
  expect((await client.command('NOOP')).status).toBe('OK');
});
