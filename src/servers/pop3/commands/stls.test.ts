import { expect, test } from 'vitest';
import { ANNA, Pop3Rig, SECRET } from '../../../../test/support/pop3-rig.ts';
import { selfSignedCertificate } from '../../../net/tls.ts';

const rig = new Pop3Rig();
const start = async (): Promise<void> => {
  const tls = await selfSignedCertificate('mail.example.org', new Date());
  await rig.start({ server: { tls }, logins: { clearOnLoopback: false } });
};

test('after it one may log in, once', async () => {
  await start();
  const client = await rig.client();
  expect(await client.command(`USER ${ANNA}`)).toBe('-ERR Not without TLS');
  await client.startTls();
  expect(await client.command('STLS')).toBe('-ERR TLS is up already');
  expect(await client.login(ANNA, SECRET)).toMatch(/^\+OK/);
  expect(await client.command('STLS')).toBe('-ERR You have logged in already');
});

test('at its own port TLS comes first', async () => {
  await start();
  const client = await rig.tlsClient();
  expect(client.greeting).toBe('+OK Tamis');
  expect(await client.login(ANNA, SECRET)).toMatch(/^\+OK/);
});

test.each([
  'NOOP\r\n',
  'CAPA',
  `USER ${ANNA}\r\nPASS ${SECRET}\r\n`,
  `AUTH PLAIN ${Buffer.from(`\0${ANNA}\0${SECRET}`).toString('base64')}\r\n`,
])('what is sent in clear behind it is dropped: %j', async (injected) => {
  await start();
  const client = await rig.client();
  client.send(`STLS\r\n${injected}`);
  expect(await client.line()).toBe('+OK Begin TLS');
  await client.secure();
  expect(await client.command('LANG en')).toMatch(/^\+OK en/);
  expect(await client.command('STAT')).toBe('-ERR Log in first');
  expect(await client.command(`PASS ${SECRET}`)).toBe('-ERR USER comes first');
});

test('a name given in clear is forgotten', async () => {
  const tls = await selfSignedCertificate('mail.example.org', new Date());
  await rig.start({ server: { tls } });
  const client = await rig.client();
  await client.ok(`USER ${ANNA}`);
  await client.startTls();
  expect(await client.command(`PASS ${SECRET}`)).toBe('-ERR USER comes first');
});

test('a handshake that fails ends the connection; without a certificate there is none', async () => {
  await start();
  const client = await rig.client();
  await client.ok('STLS');
  client.send('this is no ClientHello, and never will be one\r\n');
  await client.hungUp();
  await rig.server.close(0);
  await rig.start();
  expect(await (await rig.client()).command('STLS')).toBe('-ERR This server has no TLS');
});
