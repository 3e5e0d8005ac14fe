import { describe, expect, test } from 'vitest';
import { describeCommand, LOGGED_OUT } from '../../../../test/support/imap-command.ts';
import { authPlain } from '../../../../test/support/imap-client.ts';
import { ANNA, ImapRig, SECRET } from '../../../../test/support/imap-rig.ts';
import { selfSignedCertificate } from '../../../net/tls.ts';
import { ScramClient } from '../../../../test/support/scram-client.ts';

describeCommand({ form: 'AUTHENTICATE PLAIN AAAA', states: LOGGED_OUT });

const rig = new ImapRig();
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('AUTHENTICATE', () => {
  test('PLAIN with and without an initial response', async () => {
    await rig.start();
    const client = await rig.client();
    const { status, code } = await client.command(authPlain(ANNA, SECRET));
    expect(status).toBe('OK');
    expect(code).toMatch(/^CAPABILITY IMAP4rev2 IMAP4rev1 .*NOTIFY/);
    await client.ok('UNAUTHENTICATE');
    client.send('x AUTHENTICATE plain\r\n');
    expect(await client.line()).toBe('+ ');
    client.send(`${base64(`\0${ANNA}\0${SECRET}`)}\r\n`);
    expect(await client.line()).toMatch(/^x OK/);
  });

  test('a mechanism that there is none of, where TLS may be had and is not needed', async () => {
    await rig.start({ server: { tls: await selfSignedCertificate('mail.example.org', new Date()) } });
    expect((await (await rig.client()).command('AUTHENTICATE FOO')).code).toBe('CANNOT');
  });

  test('an empty response, a cancelled login, no Base64', async () => {
    await rig.start();
    const client = await rig.client();
    expect((await client.command('AUTHENTICATE PLAIN =')).code).toBe('AUTHENTICATIONFAILED');
    for (const answer of ['*', '!', 'AAA', 'a NOOP']) {
      client.send('x AUTHENTICATE PLAIN\r\n');
      await client.line();
      client.send(`${answer}\r\n`);
      expect(await client.line()).toMatch(/^x BAD/);
    }
    expect((await client.command('AUTHENTICATE FOO')).code).toBe('CANNOT');
    expect((await client.command('AUTHENTICATE PLAIN !')).status).toBe('BAD');
  });

  test('SCRAM, whose last word is a challenge', async () => {
    await rig.start();
    const scram = new ScramClient('sha256', ANNA, SECRET);
    const client = await rig.client();
    client.send(`x AUTHENTICATE SCRAM-SHA-256 ${scram.first().toString('base64')}\r\n`);
    const challenge = Buffer.from((await client.line()).slice(2), 'base64');
    client.send(`${(await scram.final(challenge)).toString('base64')}\r\n`);
    expect(Buffer.from((await client.line()).slice(2), 'base64').toString()).toMatch(/^v=/);
    client.send('\r\n');
    expect(await client.line()).toMatch(/^x OK/);
  });

  test('the last try of a connection', async () => {
    await rig.start({ settings: { loginAttempts: 2 } });
    const client = await rig.client();
    expect((await client.login(ANNA, 'wrong')).code).toBe('AUTHENTICATIONFAILED');
    const { untagged, status } = await client.command(authPlain(ANNA, 'wrong'));
    expect([untagged, status]).toEqual([['BYE Too many failed logins'], 'NO']);
    await client.hungUp();
  });
});

describe('LOGIN', () => {
  test('strings of every form', async () => {
    await rig.start();
    for (const parts of [
      [`LOGIN ${ANNA} "${SECRET}"`],
      [`LOGIN {${ANNA.length}}`, ANNA, ` {${SECRET.length}}`, SECRET],
      [`LOGIN {${ANNA.length}+}\r\n${ANNA} {${SECRET.length}+}\r\n${SECRET}`],
    ])
      expect((await (await rig.client()).command(...parts)).status).toBe('OK');
    const client = await rig.client();
    for (const text of ['LOGIN', 'LOGIN a', 'LOGIN a b c', 'LOGIN "a b', 'LOGIN a ~{1+}\r\nb'])
      expect((await client.command(text)).status).toBe('BAD');
    expect((await client.command('LOGIN "" ""')).code).toBe('AUTHENTICATIONFAILED');
  });
});

describe('ID, ENABLE, CAPABILITY', () => {
  test('who we are', async () => {
    await rig.start({ server: { version: '1.2.3' } });
    const client = await rig.client();
    expect((await client.ok('ID NIL')).untagged).toEqual(['ID ("name" "Tamis" "version" "1.2.3")']);
    await client.ok('ID ("name" "x" "os" NIL)');
    await client.ok('ID ()');
    for (const text of ['ID', 'ID ("a")', 'ID ("a" "b" "c")', 'ID (name x)']) await client.ok(text);
    for (const text of ['ID (', `ID (${'"k" "v" '.repeat(31)}"k" "v")`])
      expect((await client.command(text)).status).toBe('BAD');
  });

  test('what can be switched on, once', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    expect((await client.ok('ENABLE qresync FOO IMAP4rev2')).untagged).toEqual(['ENABLED QRESYNC IMAP4rev2']);
    expect((await client.ok('ENABLE CONDSTORE constructor')).untagged).toEqual(['ENABLED CONDSTORE']);
    expect((await client.ok('ENABLE constructor')).untagged).toEqual([]);
    await client.ok('UNAUTHENTICATE');
    await client.ok(`LOGIN ${ANNA} "${SECRET}"`);
    expect((await client.ok('ENABLE CONDSTORE')).untagged).toEqual(['ENABLED CONDSTORE']);
  });
});
