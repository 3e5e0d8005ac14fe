import { expect, test } from 'vitest';
import { ANNA, ManageSieveRig, SECRET, testIdentity } from '../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();

test('a script is put, checked, activated, read, renamed and deleted over TLS', async () => {
  await rig.start({ server: { tls: await testIdentity() }, logins: { clearOnLoopback: false } });
  const client = await rig.connect();
  const greeting = await client.reply();
  expect(greeting.lines).toContain('"SASL" ""');
  expect(greeting.lines).toContain('"STARTTLS"');
  const secured = await client.startTls();
  expect(secured.status).toBe('OK');
  expect(secured.lines.find((line) => line.startsWith('"SASL"'))).toContain('PLAIN');
  expect((await client.plain(ANNA, SECRET)).raw).toBe('OK "Logged in"\r\n');
  expect((await client.command('PUTSCRIPT "a" {5+}\r\nkeep;')).status).toBe('OK');
  expect((await client.command('CHECKSCRIPT "foo;"')).text).toMatch(/^script: line 1: error: /);
  expect((await client.command('SETACTIVE "a"')).status).toBe('OK');
  expect((await client.command('LISTSCRIPTS')).lines).toEqual(['"a" ACTIVE']);
  expect((await client.command('GETSCRIPT "a"')).lines).toEqual(['{5}\r\nkeep;']);
  expect((await client.command('RENAMESCRIPT "a" "b"')).status).toBe('OK');
  expect((await client.command('LISTSCRIPTS')).lines).toEqual(['"b" ACTIVE']);
  expect((await client.command('DELETESCRIPT "b"')).code).toBe('ACTIVE');
  expect((await client.command('SETACTIVE ""')).status).toBe('OK');
  expect((await client.command('DELETESCRIPT "b"')).status).toBe('OK');
  expect((await client.command('LOGOUT')).status).toBe('OK');
  await client.hungUp();
});
