import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Log } from '../../log.ts';
import { silentLog } from '../../log.ts';
import { freePort } from '../../../test/support/port.ts';
import { ClamdClient } from './client.ts';
import { type ClamdSettings, defaultClamdSettings } from './settings.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0))
    await new Promise((resolve) => {
      server.close(resolve);
    });
});

/** Takes INSTREAM apart and answers with what `answer` makes of the message; undefined: it never answers. */
async function fakeClamd(
  answer: (message: Buffer, socket: Socket) => string | undefined,
  path?: string,
): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let octets = Buffer.alloc(0);
    let at = 'zINSTREAM\0'.length;
    const chunks: Buffer[] = [];
    socket.on('data', (data) => {
      octets = Buffer.concat([octets, data]);
      while (octets.length >= at + 4) {
        const length = octets.readUInt32BE(at);
        if (length === 0) {
          const command = octets.toString('latin1', 0, 10);
          const reply =
            command === 'zINSTREAM\0' ? answer(Buffer.concat(chunks), socket) : 'UNKNOWN COMMAND\0';
          if (reply !== undefined) socket.end(reply);
          return;
        }
        if (octets.length < at + 4 + length) return;
        chunks.push(octets.subarray(at + 4, at + 4 + length));
        at += 4 + length;
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
  return path === undefined ? `127.0.0.1:${(server.address() as AddressInfo).port}` : `unix:${path}`;
}

const client = (settings: Partial<ClamdSettings>, log: Log = silentLog) =>
  new ClamdClient({ ...defaultClamdSettings, ...settings }, log);
const message = Buffer.from('Subject: x\r\n\r\nx\r\n');
const SOFT_REJECT = { action: 'soft reject', text: expect.any(String) as string };

test('a clean message is seen as it is, also from shared memory, empty, or large', async () => {
  const seen: Buffer[] = [];
  const server = await fakeClamd((octets) => {
    seen.push(octets);
    return 'stream: OK\0';
  });
  const shared = new Uint8Array(new SharedArrayBuffer(message.length));
  shared.set(message);
  const large = Buffer.alloc(3_000_000, 'large ');
  for (const raw of [message, shared, new Uint8Array(0), large])
    expect(await client({ server }).scan(raw)).toEqual({ result: 'clean' });
  expect(seen.map((octets) => octets.length)).toEqual([message.length, message.length, 0, large.length]);
  expect(seen[0]?.equals(message) && seen[1]?.equals(message) && seen[3]?.equals(large)).toBe(true);
});

test('what is found has its name and the action of the settings, over a unix socket too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-clamd-'));
  try {
    const server = await fakeClamd(() => 'stream: Win.Test.EICAR_HDB-1 FOUND\0', join(folder, 'clamd.ctl'));
    expect(await client({ server, action: 'quarantine', text: 'No' }).scan(message)).toEqual({
      result: 'found',
      detail: 'Win.Test.EICAR_HDB-1',
      demands: { action: 'quarantine', text: 'No' },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a reply in pieces, and one without its end', async () => {
  const pieces = await fakeClamd((_, socket) => {
    socket.write('stream: Some.V');
    setTimeout(() => socket.end('irus FOUND\0'), 20);
    return undefined;
  });
  expect(await client({ server: pieces }).scan(message)).toMatchObject({ detail: 'Some.Virus' });
  const bare = await fakeClamd(() => 'stream: OK');
  expect(await client({ server: bare }).scan(message)).toEqual({ result: 'clean' });
});

test.each([
  ['stream: Could not open file ERROR\0', 'stream: Could not open file ERROR'],
  ['HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 200 OK'],
  ['stream:  FOUND\0', 'stream:  FOUND'],
  ['', 'no reply'],
  ['x'.repeat(10_000), 'reply is too long'],
])('the reply %j is a failure', async (reply, reason) => {
  const server = await fakeClamd(() => reply);
  expect(await client({ server }).scan(message)).toEqual({
    result: 'failed',
    detail: reason,
    demands: SOFT_REJECT,
  });
});

test('nobody there: 4xx, or on without it; complained of once, until it is back', async () => {
  const lines: string[] = [];
  const log: Log = { ...silentLog, warn: (_, text) => lines.push(text), info: (_, text) => lines.push(text) };
  const server = `127.0.0.1:${await freePort()}`;
  const asking = client({ server }, log);
  for (let time = 0; time < 3; time++)
    expect(await asking.scan(message)).toMatchObject({ result: 'failed', demands: SOFT_REJECT });
  expect(lines).toEqual(['clamd does not judge messages']);
  const { demands } = await client({ server, failAction: 'accept' }).scan(message);
  expect(demands).toBeUndefined();
});

test('one that does not answer is given up in time, with those that wait behind it', async () => {
  let begun = 0;
  const server = await fakeClamd(() => void begun++);
  const asking = client({ server, timeout: 80, connections: 1 });
  const findings = await Promise.all([asking.scan(message), asking.scan(message), asking.scan(message)]);
  expect(findings.map(({ result }) => result)).toEqual(['failed', 'failed', 'failed']);
  expect(begun).toBeLessThanOrEqual(2);
});

test('no more connections at once than the settings say, and everybody has his turn', async () => {
  let open = 0;
  let most = 0;
  const server = await fakeClamd((_, socket) => {
    most = Math.max(most, ++open);
    setTimeout(() => {
      open--;
      socket.end('stream: OK\0');
    }, 5);
    return undefined;
  });
  const asking = client({ server, connections: 3 });
  const findings = await Promise.all(Array.from({ length: 20 }, () => asking.scan(message)));
  expect(new Set(findings.map(({ result }) => result))).toEqual(new Set(['clean']));
  expect(most).toBe(3);
});

test('a message that is too large is not shown to it', async () => {
  const server = await fakeClamd(() => 'stream: X FOUND\0');
  expect(await client({ server, messageBytes: 10 }).scan(message)).toEqual({
    result: 'skipped',
    detail: `${message.length} octets`,
  });
});

test('one that it finds too large is no failure: it would never come in', async () => {
  const server = await fakeClamd(() => 'INSTREAM size limit exceeded. ERROR\0');
  expect(await client({ server }).scan(message)).toEqual({
    result: 'skipped',
    detail: 'INSTREAM size limit exceeded. ERROR',
  });
});

test('a connection that is cut off for another reason is a failure', async () => {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('data', () => socket.resetAndDestroy());
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const finding = await client({ server: `127.0.0.1:${port}` }).scan(Buffer.alloc(3_000_000));
  expect(finding).toMatchObject({ result: 'failed', demands: SOFT_REJECT });
});

test('a server that is no endpoint is refused', () => {
  expect(() => client({ server: 'nonsense' })).toThrow(TypeError);
});
