import { expect, test } from 'vitest';
import { ANNA, Pop3Rig, SECRET } from '../../../../test/support/pop3-rig.ts';
import { selfSignedCertificate } from '../../../net/tls.ts';
import { ScramClient } from '../../../../test/support/scram-client.ts';

const rig = new Pop3Rig();
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('PLAIN with and without an initial response', async () => {
  await rig.start();
  const client = await rig.client();
  expect(await client.command(`AUTH plain ${base64(`\0${ANNA}\0${SECRET}`)}`)).toBe(
    '+OK 0 messages (0 octets)',
  );
  const other = await rig.client();
  expect(await other.command('AUTH PLAIN')).toBe('+ ');
  expect(await other.command(base64(`\0${ANNA}\0${SECRET}`))).toMatch(/^\+OK/);
  expect(await other.command('AUTH PLAIN')).toBe('-ERR You have logged in already');
});

test('an empty response, a cancelled login, no Base64, no such mechanism', async () => {
  await rig.start({ settings: { loginAttempts: 10 } });
  const client = await rig.client();
  // Only what says something of the password has the code (RFC 3206 §4).
  expect(await client.command('AUTH PLAIN =')).toMatch(/^-ERR [^[]/);
  for (const answer of ['*', '!', 'AAA', 'NOOP 1']) {
    await client.command('AUTH PLAIN');
    expect(await client.command(answer)).toMatch(/^-ERR [^[]/);
  }
  expect(await client.command('AUTH PLAIN !')).toMatch(/^-ERR/);
  expect(await client.command('AUTH FOO')).toBe('-ERR There is no such mechanism');
  expect(await client.command(`AUTH PLAIN ${base64(`\0${ANNA}\0wrong`)}`)).toMatch(/^-ERR \[AUTH\]/);
});

test('SCRAM, whose last word is a challenge', async () => {
  await rig.start();
  const scram = new ScramClient('sha256', ANNA, SECRET);
  const client = await rig.client();
  const answer = await client.command(`AUTH SCRAM-SHA-256 ${scram.first().toString('base64')}`);
  const challenge = Buffer.from(answer.slice(2), 'base64');
  const last = await client.command((await scram.final(challenge)).toString('base64'));
  expect(Buffer.from(last.slice(2), 'base64').toString()).toMatch(/^v=/);
  expect(await client.command('')).toMatch(/^\+OK/);
});

test('no such mechanism, where TLS may be had and is not needed', async () => {
  await rig.start({ server: { tls: await selfSignedCertificate('mail.example.org', new Date()) } });
  expect(await (await rig.client()).command('AUTH FOO')).toBe('-ERR There is no such mechanism');
});

test('the list that old clients ask for', async () => {
  await rig.start();
  const client = await rig.client();
  expect(await client.lines('AUTH')).toContain('PLAIN');
});

test('a client that goes away within it', async () => {
  await rig.start();
  const client = await rig.client();
  await client.command('AUTH PLAIN');
  client.destroy();
  await expect.poll(() => rig.server.connections).toBe(0);
});
