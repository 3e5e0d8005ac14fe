import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANNA, Pop3Rig, SECRET } from '../../../test/support/pop3-rig.ts';
import { commands } from './commands/index.ts';

const rig = new Pop3Rig();
const MAIL = ['Subject: a\n\n1\n', 'Subject: b\n\n2\n'];

describe('PIPELINING', () => {
  test('commands that come at once are answered in their order', async () => {
    await rig.start();
    await rig.imap.deliver(MAIL);
    const client = await rig.client();
    client.send(`USER ${ANNA}\r\nPASS ${SECRET}\r\nSTAT\r\nRETR 1\r\nDELE 1\r\nFOO\r\nUIDL 2\r\nQUIT\r\n`);
    expect(await client.line()).toBe('+OK And the password?');
    expect(await client.line()).toBe('+OK 2 messages (34 octets)');
    expect(await client.line()).toBe('+OK 2 34');
    expect(await client.line()).toBe('+OK 17 octets');
    expect((await client.body()).toString()).toBe('Subject: a\r\n\r\n1\r\n');
    expect(await client.line()).toBe('+OK Message 1 deleted');
    expect(await client.line()).toBe('-ERR There is no such command');
    expect(await client.line()).toMatch(/^\+OK 2 [0-9A-F]{16}$/);
    expect(await client.line()).toBe('+OK Bye');
    await client.hungUp();
    expect([...(await rig.inbox()).uids()]).toEqual([2]);
  });

  test('octet by octet, with bare LF', async () => {
    await rig.start();
    const client = await rig.client();
    for (const octet of `USER ${ANNA}\nPASS ${SECRET}\r\n`) {
      client.send(octet);
      await new Promise(setImmediate);
    }
    await client.line();
    expect(await client.line()).toMatch(/^\+OK 0/);
  });

  test('a client that ends its side still gets its answers', async () => {
    await rig.start();
    await rig.imap.deliver(MAIL);
    const client = await rig.client();
    client.socket.end(`USER ${ANNA}\r\nPASS ${SECRET}\r\nDELE 2\r\nQUIT\r\n`);
    await client.hungUp();
    expect(client.unread).toMatch(/Bye\r\n$/);
    expect([...(await rig.inbox()).uids()]).toEqual([1]);
  });
});

describe('limits', () => {
  test('a line without an end', async () => {
    await rig.start({ settings: { lineBytes: 8192 } });
    const client = await rig.client();
    client.send('x'.repeat(9000));
    expect(await client.line()).toBe('-ERR [SYS/TEMP] A line has more than 8192 octets');
    await client.hungUp();
  });

  test('too many commands that are none', async () => {
    await rig.start({ settings: { errors: 3 } });
    const client = await rig.client();
    await client.command('FOO');
    await client.command('BAR x');
    await client.ok('CAPA');
    await client.body();
    for (let count = 0; count < 3; count++) await client.command('STAT');
    await client.hungUp();
  });

  test('too many connections; a time without a login', async () => {
    await rig.start({ settings: { connectionsPerAddress: 1, loginTimeout: 0.2 } });
    const first = await rig.client();
    expect((await rig.client()).greeting).toBe('-ERR [SYS/TEMP] Too many connections');
    await first.hungUp();
    expect(first.unread).toBe('');
  });

  test('a client that does not read what it asks for costs no memory, and is ended', async () => {
    await rig.start({ settings: { idleTimeout: 1 } });
    await rig.imap.deliver([`Subject: x\n\n${'y'.repeat(70)}\n`.repeat(30_000)]);
    const client = await rig.loggedIn();
    client.socket.pause();
    client.send('RETR 1\r\n'.repeat(200));
    await expect.poll(() => rig.server.connections, { timeout: 8000, interval: 100 }).toBe(0);
  }, 15_000);
});

test('sessions wait for their command when the server goes down', async () => {
  await rig.start();
  const idle = await rig.client();
  const closed = rig.server.close(2000);
  expect(await idle.line()).toBe('-ERR [SYS/TEMP] Service going down');
  await closed;
});

test('whatever comes, each line has an answer, and nothing is removed without QUIT', async () => {
  await rig.start({ settings: { errors: 10_000 } });
  await rig.imap.deliver(MAIL);
  const client = await rig.loggedIn();
  const words = [...commands.keys()].filter((name) => name !== 'QUIT');
  const argument = fc.oneof(
    fc.constantFrom('1', '2', '3', '0', '99999999999999999999', '-1', '*', '=', ''),
    fc.string({ maxLength: 20 }),
  );
  const line = fc.oneof(
    fc
      .tuple(fc.constantFrom(...words), fc.array(argument, { maxLength: 3 }))
      .map(([name, args]) => [name, ...args].join(' ')),
    fc.string({ maxLength: 60 }),
  );
  await fc.assert(
    fc.asyncProperty(line, async (text) => {
      const sent = text.replaceAll(/[\r\n]/g, '');
      if (/^quit\s*$/i.test(sent)) return;
      client.send(`${sent}\r\nLANG xx\r\n`);
      for (let answer = await client.line(); !answer.endsWith('no such language here'); )
        answer = await client.line();
    }),
    { numRuns: 300 },
  );
  client.destroy();
  expect([...(await rig.inbox()).uids()]).toEqual([1, 2]);
});
