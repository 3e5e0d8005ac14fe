import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listenAt } from './listen.ts';

let folder = '';
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-listen-'));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true, force: true });
});

const make = (): Server => {
  const server = createServer((socket) => socket.end());
  servers.push(server);
  return server;
};

test('a port of the system’s choice', async () => {
  const place = await listenAt(make(), { host: '127.0.0.1', port: 0 }, 0o600);
  expect('port' in place && place.port).toBeGreaterThan(0);
  await expect(listenAt(make(), place, 0o600)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('a unix socket with its mode; one that is served stays', async () => {
  const path = join(folder, 'a.sock');
  await listenAt(make(), { path }, 0o620);
  expect(statSync(path).mode & 0o777).toBe(0o620);
  await expect(listenAt(make(), { path }, 0o620)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await new Promise<void>((resolve, reject) => {
    connect(path).once('close', resolve).once('error', reject);
  });
});

test('a socket file whose server was killed is replaced', async () => {
  const path = join(folder, 'a.sock');
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  expect(existsSync(path)).toBe(true);
  await listenAt(make(), { path }, 0o600);
});

test('a file that is no socket stays', async () => {
  await expect(listenAt(make(), { path: folder }, 0o600)).rejects.toThrow();
  expect(existsSync(folder)).toBe(true);
});
