import { expect, test } from 'vitest';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';
import { selfSignedCertificate } from '../../../net/tls.ts';

const rig = new Pop3Rig();
const ALWAYS = [
  'TOP',
  'UIDL',
  'RESP-CODES',
  'AUTH-RESP-CODE',
  'PIPELINING',
  'EXPIRE NEVER',
  'LOGIN-DELAY 0',
  'UTF8 USER',
  'LANG',
];

test('in clear there is STLS and no way to log in; afterwards the other way round', async () => {
  const tls = await selfSignedCertificate('mail.example.org', new Date());
  await rig.start({ server: { tls }, logins: { clearOnLoopback: false } });
  const client = await rig.client();
  expect(await client.lines('CAPA')).toEqual([...ALWAYS, 'STLS', 'IMPLEMENTATION Tamis']);
  await client.startTls();
  const lines = await client.lines('CAPA');
  expect(lines).not.toContain('STLS');
  expect(lines).toContain('USER');
  expect(lines.find((line) => line.startsWith('SASL '))).toMatch(/ PLAIN/);
});

test('after login, and with a delay between logins', async () => {
  await rig.start({ settings: { loginDelay: 30 } });
  const client = await rig.loggedIn();
  expect(await client.lines('CAPA')).toContain('LOGIN-DELAY 30');
  expect(await client.command('CAPA x')).toMatch(/^-ERR/);
});
