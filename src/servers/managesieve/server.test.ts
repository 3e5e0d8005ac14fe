import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SieveClient } from '../../../test/support/managesieve-client.ts';
import { ANNA, ManageSieveRig, SECRET, testIdentity } from '../../../test/support/managesieve-rig.ts';
import { selfSignedCertificate } from '../../net/tls.ts';

const rig = new ManageSieveRig();

test('a session over TLS, from the greeting to the end', async () => {
  await rig.start({ server: { tls: await testIdentity() }, logins: { clearOnLoopback: false } });
  const client = await rig.client();
  await client.startTls();
  expect((await client.plain(ANNA, SECRET)).raw).toBe('OK "Logged in"\r\n');
  expect((await client.command('PUTSCRIPT "a" {5+}\r\nkeep;')).status).toBe('OK');
  expect((await client.command('SETACTIVE "a"')).status).toBe('OK');
  expect((await client.command('GETSCRIPT "a"')).lines).toEqual(['{5}\r\nkeep;']);
  expect((await client.command('LOGOUT')).status).toBe('OK');
  await client.hungUp();
});

test('commands sent at once are answered in order, however they are cut', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  const commands = Buffer.from(
    'PUTSCRIPT "a" {5+}\r\nkeep;\r\nSETACTIVE "a"\r\nNOOP "1"\r\nGETSCRIPT "a"\r\nXYZZY\r\nLISTSCRIPTS\r\nNOOP "2"\r\n',
  );
  for (const octet of commands) client.send(Buffer.from([octet]));
  expect((await client.reply()).text).toBe('The script is kept');
  expect((await client.reply()).text).toBe('The script is active');
  expect((await client.reply()).code).toBe('TAG "1"');
  expect((await client.reply()).lines).toEqual(['{5}\r\nkeep;']);
  expect((await client.reply()).status).toBe('NO');
  expect((await client.reply()).lines).toEqual(['"a" ACTIVE']);
  expect((await client.reply()).code).toBe('TAG "2"');
});

test('login and commands in one piece', async () => {
  await rig.start();
  const client = await rig.client();
  const response = Buffer.from(`\0${ANNA}\0${SECRET}`).toString('base64');
  client.send(`AUTHENTICATE "PLAIN"\r\n"${response}"\r\nLISTSCRIPTS\r\nLOGOUT\r\n`);
  expect((await client.line()).text).toBe('""');
  expect((await client.reply()).text).toBe('Logged in');
  expect((await client.reply()).status).toBe('OK');
  expect((await client.reply()).text).toBe('Bye');
});

test('a client that has said all may still read the answers', async () => {
  await rig.start();
  const client = await rig.client();
  client.socket.end('NOOP "a"\r\nNOOP "b"\r\n');
  expect((await client.reply()).code).toBe('TAG "a"');
  expect((await client.reply()).code).toBe('TAG "b"');
  await client.hungUp();
});

test('connections: so many from one address, so many in all', async () => {
  await rig.start({ settings: { connectionsPerAddress: 2 } });
  await rig.client();
  const second = await rig.client();
  const third = await rig.connect();
  expect(await third.reply()).toMatchObject({ status: 'BYE', code: 'TRYLATER', lines: [] });
  await third.hungUp();
  second.destroy();
  while (rig.server.connections > 1) await sleep(5);
  expect((await (await rig.connect()).reply()).status).toBe('OK');
  await rig.start({ settings: { connections: 1 } });
  await rig.client();
  expect((await (await rig.connect()).reply()).status).toBe('BYE');
});

test('networks that are blocked', async () => {
  await rig.start({ server: { blockedNetworks: ['127.0.0.0/8'] } });
  expect(await (await rig.connect()).reply()).toMatchObject({ status: 'BYE', text: 'Access denied' });
});

test('a login that takes too long, whether the client is silent or not', async () => {
  await rig.start({ settings: { loginTimeout: 0.3 } });
  const client = await rig.client();
  const timer = setInterval(() => client.send('NOOP\r\n'), 50);
  let last = await client.reply();
  while (last.status === 'OK') last = await client.reply();
  clearInterval(timer);
  expect(last.status).toBe('BYE');
  await client.hungUp();
});

test('silence after login', async () => {
  await rig.start({ settings: { idleTimeout: 1.5 } });
  const client = await rig.loggedIn();
  // Longer than that, but not in silence.
  for (let time = 0; time < 3; time++) {
    await sleep(600);
    expect((await client.command('NOOP')).status).toBe('OK');
  }
  expect((await client.reply()).status).toBe('BYE');
  await client.hungUp();
});

test('too many errors in a row', async () => {
  await rig.start({ settings: { errors: 3 } });
  const client = await rig.loggedIn();
  await client.command('XYZZY');
  await client.command('XYZZY');
  await client.command('NOOP');
  // A script with errors, and one that is not there, are no misuse.
  for (let at = 0; at < 5; at++) {
    expect((await client.command('CHECKSCRIPT "foo;"')).status).toBe('NO');
    expect((await client.command('GETSCRIPT "none"')).status).toBe('NO');
  }
  for (let at = 0; at < 3; at++) expect((await client.command('XYZZY')).status).toBe('NO');
  expect(await client.reply()).toMatchObject({ status: 'BYE', text: 'Too many errors' });
  await client.hungUp();
});

test('before login there is no room for scripts', async () => {
  await rig.start({ settings: { lineBytes: 1000 } });
  for (const line of ['x'.repeat(2000), 'NOOP {1001+}\r\n', 'PUTSCRIPT "a" {100000+}\r\n']) {
    const client = await rig.client();
    client.send(line);
    expect((await client.reply()).status).toBe('BYE');
    await client.hungUp();
  }
});

test('draining: the idle are told, a command under way ends', async () => {
  await rig.start();
  const idle = await rig.loggedIn();
  const busy = await rig.loggedIn();
  busy.send('PUTSCRIPT "a" {5+}\r\nke');
  await sleep(50);
  const closed = rig.server.close(5000);
  expect(await idle.reply()).toMatchObject({ status: 'BYE', code: 'TRYLATER' });
  await idle.hungUp();
  await expect(rig.connect()).rejects.toThrow();
  busy.send('ep;\r\n');
  expect((await busy.reply()).text).toBe('The script is kept');
  expect((await busy.reply()).status).toBe('BYE');
  await closed;
});

test('draining does not wait for ever', async () => {
  await rig.start();
  const stuck = await rig.loggedIn();
  stuck.send('PUTSCRIPT "a" {5+}\r\nke');
  await sleep(50);
  const started = performance.now();
  await rig.server.close(200);
  expect(performance.now() - started).toBeLessThan(15_000);
  await stuck.hungUp();
});

test('draining does not wait for a login that is delayed', async () => {
  await rig.start({ logins: { freeFailures: 0, firstDelay: 10_000 } });
  const client = await rig.client();
  client.send('AUTHENTICATE "PLAIN" "AGEAYg=="\r\n');
  await sleep(50);
  const started = performance.now();
  await rig.server.close(200);
  expect(performance.now() - started).toBeLessThan(15_000);
});

test.each(['', '\x16\x03\x01\x02garbage'])(
  'a client that leaves before the handshake is not waited for',
  async (rest) => {
    await rig.start({ server: { tls: await testIdentity() } });
    const client = await rig.client();
    client.send(`STARTTLS\r\n${rest}`);
    client.socket.end();
    await expect.poll(() => rig.server.connections, { timeout: 10_000 }).toBe(0);
  },
);

test('a certificate can be replaced, a bad one is refused and the old one stays', async () => {
  await rig.start({ server: { tls: await testIdentity() } });
  const names = async (): Promise<string | undefined> => {
    const client = await rig.client();
    await client.command('STARTTLS');
    const socket = await client.secure();
    return socket.getPeerX509Certificate()?.subject;
  };
  expect(await names()).toBe('CN=mail.example.org');
  expect(() => rig.server.setTls({ key: 'x', cert: 'y' })).toThrow(TypeError);
  expect(await names()).toBe('CN=mail.example.org');
  rig.server.setTls(await selfSignedCertificate('new.example.org', new Date()));
  expect(await names()).toBe('CN=new.example.org');
});

test('a unix socket', async () => {
  await rig.start();
  const path = join(rig.folder, 'sieve.sock');
  await rig.server.listen({ path });
  const client = new SieveClient(connect(path));
  expect((await client.reply()).status).toBe('OK');
  expect((await client.plain(ANNA, SECRET)).status).toBe('OK');
  client.destroy();
});

test('a client that asks for much and reads nothing does not hold the memory', async () => {
  await rig.start({ settings: { idleTimeout: 1 } });
  const client = await rig.loggedIn();
  const source = `#${'x'.repeat(500_000)}`;
  await client.command(`PUTSCRIPT "a" {${source.length}+}\r\n${source}`);
  client.socket.pause();
  client.send('GETSCRIPT "a"\r\n'.repeat(400));
  const before = process.memoryUsage().arrayBuffers;
  await sleep(500);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60_000_000);
  while (rig.server.connections > 0) await sleep(20);
});
