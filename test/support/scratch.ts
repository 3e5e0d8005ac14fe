import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SHARED_MEMORY = '/dev/shm';
const NAME = 'tamis-tests-';
/** Octets that have to be free; all tests together leave a fraction of it lying about at any time. */
const ROOM = 4 * 2 ** 30;

/**
 * Puts the temporary files of all tests into memory where there is enough of it: most of what they wait for is the disk,
 * and nothing of it has to outlive the machine. With `TMPDIR` set they are there, on a disk for example. They are removed
 * when this process ends, and those of others that were killed now. Processes that tests start
 * find their modules compiled there, as those before left them.
 */
export function useScratchMemory(): void {
  if (process.env['TMPDIR'] !== undefined) return;
  const folder = join(SHARED_MEMORY, `${NAME}${process.pid}`);
  try {
    for (const name of readdirSync(SHARED_MEMORY)) if (isLeft(name)) remove(join(SHARED_MEMORY, name));
    const { bavail, bsize } = statfsSync(SHARED_MEMORY);
    if (bavail * bsize < ROOM) return;
    mkdirSync(folder, { recursive: true });
    // Servers that tests start run as users of their own.
    chmodSync(folder, 0o1777);
    if (!runsPrograms(folder)) return remove(folder);
  } catch {
    // No such place, or not ours.
    return;
  }
  process.env['TMPDIR'] = folder;
  process.env['NODE_COMPILE_CACHE'] ??= join(folder, 'compiled');
  process.once('exit', () => remove(folder));
}

/** The process that made it is gone. */
function isLeft(name: string): boolean {
  const pid = name.startsWith(NAME) ? Number(name.slice(NAME.length)) : Number.NaN;
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Some systems forbid it there, and some tests write programs. */
function runsPrograms(folder: string): boolean {
  const script = join(folder, 'runs');
  writeFileSync(script, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  const { status } = spawnSync(script);
  rmSync(script);
  return status === 0;
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
