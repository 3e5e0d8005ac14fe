import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenAt } from './listen.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-listen-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const closed = (server: ReturnType<typeof createServer>) =>
  new Promise((resolve) => {
    server.close(resolve);
  });

describe('listenAt', () => {
  it('tells the port it got', async () => {
    const server = createServer();
    expect(await listenAt(server, { host: '127.0.0.1', port: 0 }, 0o600)).toEqual({
      host: '127.0.0.1',
      port: (server.address() as { port: number }).port,
    });
    await closed(server);
  });

  it('gives a unix socket its mode, and refuses one that answers', async () => {
    const path = join(folder, 'socket');
    const [first, second] = [createServer(), createServer()];
    await listenAt(first, { path }, 0o600);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await expect(listenAt(second, { path }, 0o600)).rejects.toThrow('EADDRINUSE');
    await closed(first);
  });

  it('never removes a file that is no socket', async () => {
    const path = join(folder, 'precious');
    writeFileSync(path, 'kept');
    await expect(listenAt(createServer(), { path }, 0o600)).rejects.toThrow('EADDRINUSE');
    expect(existsSync(path)).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('kept');
  });
});
