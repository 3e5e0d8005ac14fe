import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two tries. */
const RETRY = 100;

/** Held by the one process that writes a folder. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a folder, trying for `patience` milliseconds; undefined when another process has it. The lock is a
 * socket with an abstract name (Linux): the kernel frees it with the process, however that ends, and no file is left
 * behind that would have to be believed. Elsewhere there is none, and the folder counts as free for `patience` above 0
 * (a server) and as taken for 0 (a command).
 */
export async function lockFolder(folder: string, patience: number): Promise<FolderLock | undefined> {
  if (process.platform !== 'linux') return patience > 0 ? { release: () => Promise.resolve() } : undefined;
  const hash = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex');
  const deadline = performance.now() + patience;
  for (;;) {
    const server = await listen(`\0tamis-bayes-${hash}`);
    if (server !== undefined)
      return {
        release: () =>
          new Promise((resolve) => {
            server.close(() => resolve());
          }),
      };
    if (performance.now() >= deadline) return undefined;
    await sleep(RETRY);
  }
}

function listen(name: string): Promise<Server | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Server | undefined>();
  // Whoever connects is sent away: the name is all there is.
  const server = createServer((socket) => socket.destroy());
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') resolve(undefined);
    else reject(error);
  });
  server.listen(name, () => {
    server.unref();
    resolve(server);
  });
  return promise;
}
