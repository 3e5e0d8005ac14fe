import { chmod, lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import type { Endpoint } from './endpoint.ts';

/**
 * Has a server listen; resolves with where it does (the port in place of 0), rejects when it cannot. A unix socket gets
 * the file mode, and takes the place of one whose server was killed.
 */
export async function listenAt(server: Server, endpoint: Endpoint, socketMode: number): Promise<Endpoint> {
  if ('path' in endpoint) {
    await removeStaleSocket(endpoint.path);
    await listening(server, { path: endpoint.path });
    await chmod(endpoint.path, socketMode);
    return endpoint;
  }
  await listening(server, { host: endpoint.host, port: endpoint.port });
  const address = server.address();
  return {
    host: endpoint.host,
    port: typeof address === 'object' && address !== null ? address.port : endpoint.port,
  };
}

function listening(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(where, () => {
    server.removeListener('error', reject);
    resolve();
  });
  return promise;
}

/** Removes a unix socket at which nobody answers. Anything else of that name is left for `listen` to stumble over. */
export async function removeStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSocket() !== true) return;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = connect({ path });
  probe.once('connect', () => resolve(false));
  probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  const stale = await promise;
  probe.destroy();
  if (stale) await unlink(path).catch(() => undefined);
}
