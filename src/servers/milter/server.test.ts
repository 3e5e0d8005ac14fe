import { linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { MilterFixture, recordingLog } from '../../../test/support/milter-fixture.ts';
import { MilterClient } from '../../../test/support/milter-client.ts';
import { createMilterServer } from './server.ts';

const fixture = new MilterFixture();
afterEach(() => fixture.end());

describe('MilterServer', () => {
  it('drops connections above its limit and closes idle ones', async () => {
    const { log, lines } = recordingLog();
    const server = fixture.milter({ handlers: {}, log, settings: { maxConnections: 1, idleTimeout: 50 } });
    const first = await fixture.open(server);
    const second = await MilterClient.open((server.server.address() as { port: number }).port);
    await second.hungUp();
    await first.hungUp();
    expect(lines).toEqual([
      'milter: too many connections, one was dropped',
      'milter: idle connection closed',
    ]);
  });

  it('outlives a connection that cannot be taken', async () => {
    const { log, lines } = recordingLog();
    const server = fixture.milter({ handlers: {}, log });
    await fixture.open(server);
    server.server.emit('error', new Error('accept ENOBUFS'));
    expect(lines).toEqual(['milter: listening socket failed']);
    await fixture.open(server);
  });

  it('hangs up on a packet above its limit', async () => {
    const client = await fixture.greeted({ body: () => 'continue' }, { settings: { maxPacketBytes: 1000 } });
    await client.mail('a@example.com');
    client.send({ type: 'body', chunk: Buffer.alloc(1000) });
    await client.hungUp();
  });

  it('takes a packet larger than what it reads ahead', async () => {
    let size = 0;
    const client = await fixture.greeted({ body: async (_, chunk) => void (size += chunk.length) });
    await client.mail('a@example.com');
    for (let i = 0; i < 3; i++) await client.command({ type: 'body', chunk: Buffer.alloc(900_000) });
    expect(size).toBe(2_700_000);
  });

  it('drains: idle connections at once, messages under way first', async () => {
    const server = fixture.milter({ handlers: { endOfMessage: () => sleep(50, 'accept' as const) } });
    const idle = await fixture.open(server);
    const busy = await fixture.open(server);
    await busy.mail('a@example.com');
    await sleep(10);
    const closed = server.close();
    await idle.hungUp();
    expect(busy.closed).toBe(false);
    await busy.body('x');
    expect(await busy.end()).toEqual([{ type: 'accept' }]);
    await busy.hungUp();
    await closed;
    expect(server.connections).toBe(0);
  });

  it('closes what is left at the deadline', async () => {
    const { log, lines } = recordingLog();
    const server = fixture.milter({ handlers: {}, log });
    const client = await fixture.open(server);
    await client.mail('a@example.com');
    await sleep(10);
    await server.close(20);
    await client.hungUp();
    expect(lines).toContain('milter: connections closed in the middle of a message');
  });

  it('says when it has no handlers for a connection', async () => {
    const { log, lines } = recordingLog();
    const server = fixture.milter({
      handlers: () => {
        throw new Error('none');
      },
      log,
    });
    const client = await MilterClient.open(await server.listen('127.0.0.1:0'));
    await client.hungUp();
    expect(lines).toEqual(['milter: no handlers for a connection']);
  });

  it('fails to listen where somebody else does, or on nonsense', async () => {
    const port = await fixture.milter({ handlers: {} }).listen('127.0.0.1:0');
    await expect(fixture.milter({ handlers: {} }).listen(`127.0.0.1:${port}`)).rejects.toThrow('EADDRINUSE');
    await expect(fixture.milter({ handlers: {} }).listen('nonsense')).rejects.toThrow('no milter address');
  });

  it('answers any bytes by hanging up or by going on, never by falling over', async () => {
    const server = fixture.milter({
      handlers: { unknown: () => 'continue', body: () => 'skip' },
    });
    await server.listen('127.0.0.1:0');
    const { port } = server.server.address() as { port: number };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), async (chunks) => {
        const client = await MilterClient.open(port);
        await client.negotiate();
        for (const chunk of chunks) client.socket.write(chunk);
        client.socket.end();
        await client.hungUp();
      }),
      { numRuns: 50 },
    );
    const client = await fixture.open(server);
    expect(await client.message()).toEqual([{ type: 'continue' }]);
  });
});

describe('unix sockets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-milter-'));
  const path = join(folder, 'm.sock');
  afterEach(() => rmSync(path, { force: true }));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('have the mode of the settings and are removed at the end', async () => {
    const server = createMilterServer({ handlers: {}, settings: { socketMode: 0o600 } });
    expect(await server.listen(`unix:${path}`)).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const client = await MilterClient.open(path);
    expect(await client.negotiate()).toMatchObject({ version: 6 });
    client.close();
    await server.close(0);
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  it('that were left behind are replaced, that are in use are not, and files are not touched', async () => {
    // A process that dies leaves its socket: as a server whose file was moved away and back.
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(`${path}.dead`, resolve));
    linkSync(`${path}.dead`, path);
    await new Promise((resolve) => dead.close(resolve));
    const server = fixture.milter({ handlers: {} });
    await server.listen({ path });
    await expect(fixture.milter({ handlers: {} }).listen({ path })).rejects.toThrow('EADDRINUSE');
    expect((await MilterClient.open(path)).closed).toBe(false);
    await server.close(0);
    writeFileSync(path, 'precious');
    await expect(fixture.milter({ handlers: {} }).listen({ path })).rejects.toThrow('EADDRINUSE');
    expect(statSync(path).size).toBe(8);
  });
});
