import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ANNA, BERT, ImapRig, SECRET } from '../../../test/support/imap-rig.ts';
import { selfSignedCertificate, type TlsIdentity } from '../../net/tls.ts';
import { authPlain } from '../../../test/support/imap-client.ts';

const rig = new ImapRig();
let made: Promise<TlsIdentity> | undefined;
const identity = (): Promise<TlsIdentity> => (made ??= selfSignedCertificate('mail.example.org', new Date()));

describe('TLS', () => {
  test('nobody logs in without it', async () => {
    await rig.start({ server: { tls: await identity() }, logins: { clearOnLoopback: false } });
    const client = await rig.client();
    expect(client.greeting).toMatch(/ STARTTLS LOGINDISABLED\]/);
    expect(client.greeting).not.toContain('AUTH=');
    expect((await client.login(ANNA, SECRET)).code).toBe('PRIVACYREQUIRED');
    expect((await client.command(authPlain(ANNA, SECRET))).code).toBe('PRIVACYREQUIRED');
    await client.startTls();
    const { untagged } = await client.ok('CAPABILITY');
    expect(untagged[0]).toMatch(/AUTH=PLAIN/);
    expect(untagged[0]).not.toMatch(/STARTTLS|LOGINDISABLED/);
    expect((await client.command('STARTTLS')).status).toBe('BAD');
    expect((await client.login(ANNA, SECRET)).status).toBe('OK');
  });

  test('what comes in clear behind STARTTLS is dropped', async () => {
    await rig.start({ server: { tls: await identity() } });
    const client = await rig.client();
    client.send(`a STARTTLS\r\nb LOGIN ${ANNA} "${SECRET}"\r\nc NOOP {3+}\r\n`);
    expect(await client.line()).toMatch(/^a OK/);
    await client.secure();
    expect((await client.command('NOOP')).status).toBe('OK');
    expect((await client.command('SELECT INBOX')).status).toBe('BAD');
    expect(client.unread).toBe('');
  });

  test('a port of its own begins with it', async () => {
    await rig.start({ server: { tls: await identity() }, logins: { clearOnLoopback: false } });
    const client = await rig.tlsClient();
    expect(client.greeting).toMatch(/AUTH=PLAIN/);
    expect((await client.command(authPlain(ANNA, SECRET))).status).toBe('OK');
  });

  test('without a certificate there is none', async () => {
    await rig.start();
    const client = await rig.client();
    expect(client.greeting).not.toContain('STARTTLS');
    expect((await client.command('STARTTLS')).status).toBe('NO');
  });
});

describe('COMPRESS', () => {
  test('both directions, with large answers and literals', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    const text = `Subject: x\r\n\r\n${'0123456789'.repeat(20_000)}\r\n`;
    await client.compress();
    await client.ok(`APPEND INBOX {${text.length}}`, text);
    await client.ok('SELECT INBOX');
    const { untagged } = await client.ok('FETCH 1 BODY[]');
    expect(untagged.join()).toContain(text);
    expect((await client.command('COMPRESS DEFLATE')).code).toBe('COMPRESSIONACTIVE');
    expect((await client.ok('CAPABILITY')).untagged[0]).not.toContain('COMPRESS');
  });

  test('what is no DEFLATE ends the connection', async () => {
    await rig.start();
    const client = await rig.loggedIn();
    await client.ok('COMPRESS DEFLATE');
    client.send('a NOOP\r\n'.repeat(100));
    await client.hungUp();
  });

  test('what inflates to very much is read in pieces, and ends as any line that is too long', async () => {
    await rig.start({ server: { appendLimit: 1_000_000 } });
    const client = await rig.loggedIn();
    await client.compress();
    const before = process.memoryUsage().rss;
    // Its BYE may be lost, since the client goes on sending.
    client.send(Buffer.alloc(100_000_000, 0x61));
    await client.hungUp();
    expect(process.memoryUsage().rss - before).toBeLessThan(350_000_000);
  });
});

describe('limits', () => {
  test('connections of one address and all together', async () => {
    await rig.start({ settings: { connectionsPerAddress: 2 } });
    await rig.client();
    await rig.client();
    const third = await rig.connect();
    expect(await third.line()).toMatch(/^\* BYE \[LIMIT\]/);
    await third.hungUp();
    expect(rig.server.connections).toBe(2);
  });

  test('sessions of one account', async () => {
    await rig.start({ settings: { connectionsPerUser: 2 } });
    await rig.loggedIn();
    const second = await rig.loggedIn();
    const third = await rig.client();
    expect((await third.login(ANNA, SECRET)).code).toBe('LIMIT');
    expect((await third.login(BERT, SECRET)).status).toBe('OK');
    await second.ok('UNAUTHENTICATE');
    expect((await second.login(ANNA, SECRET)).status).toBe('OK');
    await second.ok('LOGOUT');
    await second.hungUp();
    await rig.loggedIn();
  });

  test('time to log in', async () => {
    await rig.start({ settings: { loginTimeout: 0.1 } });
    const client = await rig.client();
    expect(await client.line()).toMatch(/^\* BYE .*silent/);
  });

  test('silence after', async () => {
    await rig.start({ settings: { idleTimeout: 1 } });
    const client = await rig.loggedIn();
    client.send('a IDLE\r\n');
    expect(await client.until(/BYE/)).toMatch(/silent/);
  });

  test('mistakes in a row', async () => {
    await rig.start({ settings: { errors: 3 } });
    const client = await rig.client();
    await client.command('X');
    await client.command('X');
    await client.ok('NOOP');
    await client.command('X');
    await client.command('X');
    expect((await client.command('X')).untagged).toEqual([]);
    expect(await client.line()).toMatch(/^\* BYE Too many errors/);
    await client.hungUp();
  });

  test('octets before login', async () => {
    await rig.start();
    const client = await rig.client();
    client.send(`a LOGIN ${'x'.repeat(20_000)} y\r\n`);
    expect(await client.line()).toMatch(/^a BAD/);
    expect((await client.command('LOGIN {20000}')).status).toBe('BAD');
    client.send('x'.repeat(200_000));
    expect(await client.line()).toMatch(/^\* BYE/);
    await client.hungUp();
  });

  test('octets after login', async () => {
    await rig.start({
      settings: { lineBytes: 10_000, literalBytes: 20_000 },
      server: { appendLimit: 30_000 },
    });
    const client = await rig.loggedIn();
    expect((await client.command(`SELECT ${'x'.repeat(20_000)}`)).status).toBe('BAD');
    expect((await client.command('SELECT {20001}')).code).toBe('TOOBIG');
    expect((await client.command('APPEND INBOX {30001}')).code).toBe('TOOBIG');
    expect((await client.command(`APPEND INBOX {30001+}\r\n${'x'.repeat(30_001)}`)).code).toBe('TOOBIG');
    await client.ok('NOOP');
  });

  test('a client that sends many commands at once gets all answers, in order', async () => {
    await rig.start();
    const client = await rig.selected();
    client.send(Array.from({ length: 500 }, (_, at) => `x${at} NOOP\r\n`).join(''));
    for (let at = 0; at < 500; at++) expect(await client.line()).toBe(`x${at} OK Done`);
  });

  test('a client that does not read is waited for, and its answers not gathered', async () => {
    await rig.start();
    const client = await rig.selected();
    await rig.deliver([`Subject: x\n\n${'x'.repeat(5_000_000)}\n`]);
    await client.ok('NOOP');
    client.socket.pause();
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < 40; at++) client.send(`x${at} FETCH 1 BODY.PEEK[]\r\n`);
    await sleep(500);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60_000_000);
    client.destroy();
  });
});

describe('closing', () => {
  test('who is idle hears BYE', async () => {
    await rig.start();
    const [idle, idling] = [await rig.client(), await rig.selected()];
    idling.send('a IDLE\r\n');
    await idling.until(/^\+/);
    await rig.server.close(5000);
    expect(await idle.line()).toMatch(/^\* BYE \[UNAVAILABLE\]/);
    expect(await idling.line()).toMatch(/^\* BYE \[UNAVAILABLE\]/);
  });
});
