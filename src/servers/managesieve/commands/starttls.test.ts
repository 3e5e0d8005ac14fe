import { expect, test } from 'vitest';
import { ANNA, ManageSieveRig, SECRET, testIdentity } from '../../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();
const start = async (): Promise<void> =>
  rig.start({ server: { tls: await testIdentity() }, logins: { clearOnLoopback: false } });

test('the capabilities follow unasked, once', async () => {
  await start();
  const client = await rig.client();
  const after = await client.startTls();
  expect(after).toMatchObject({ status: 'OK', text: 'TLS is up' });
  expect(after.lines[0]).toBe('"IMPLEMENTATION" "Tamis"');
  // As sieve-connect finds its place.
  expect((await client.command('NOOP "STARTTLS-RESYNC-CAPA"')).raw).toBe(
    'OK (TAG "STARTTLS-RESYNC-CAPA") "Done"\r\n',
  );
});

test('a second time, without TLS, and after login it is refused', async () => {
  await start();
  const client = await rig.client();
  await client.startTls();
  expect((await client.command('STARTTLS')).text).toBe('TLS is up already');
  await rig.start();
  expect((await (await rig.client()).command('STARTTLS')).text).toBe('This server has no TLS');
});

test.each([
  'NOOP "injected"\r\n',
  'NOOP',
  'PUTSCRIPT "x" {5+}\r\nke',
  `AUTHENTICATE "PLAIN" "${Buffer.from(`\0${ANNA}\0${SECRET}`).toString('base64')}"\r\n`,
])('what is sent in clear behind STARTTLS is dropped: %j', async (injected) => {
  await start();
  const client = await rig.client();
  client.send(`STARTTLS\r\n${injected}`);
  expect((await client.reply()).text).toBe('Begin TLS');
  await client.secure();
  expect((await client.reply()).text).toBe('TLS is up');
  // The first answer is to the first command within TLS.
  expect((await client.command('NOOP "mine"')).code).toBe('TAG "mine"');
  expect((await client.command('LISTSCRIPTS')).text).toBe('Log in first');
});

test('a handshake that fails ends the connection, and no other', async () => {
  await start();
  const client = await rig.client();
  const other = await rig.client();
  await client.command('STARTTLS');
  client.send('this is no ClientHello, and never will be one\r\n');
  await client.hungUp();
  expect((await other.command('NOOP')).status).toBe('OK');
  const gone = await rig.client();
  await gone.command('STARTTLS');
  gone.destroy();
  expect((await other.command('NOOP')).status).toBe('OK');
});

test('old TLS is refused', async () => {
  await start();
  const client = await rig.client();
  await client.command('STARTTLS');
  await expect(client.secure({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })).rejects.toThrow();
});
