import { closeSync, existsSync, linkSync, openSync, unlinkSync } from 'node:fs';
import { threadId } from 'node:worker_threads';

/** Errors by which file systems say that they do not link. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

let made = 0;

/**
 * Makes an empty file that its owner alone may read (mode 0600), for SQLite; one that is there is left alone. A file that SQLite
 * has open is never opened here: to close any descriptor of it would end all locks that this process holds on it (POSIX).
 * For that reason it is made under another name, and has its own when it is closed. Errors are those of node:fs.
 */
export function createPrivateFile(path: string): void {
  if (existsSync(path)) return;
  const temporary = `${path}.${process.pid}-${threadId}-${++made}`;
  closeSync(openSync(temporary, 'w', 0o600));
  try {
    linkSync(temporary, path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    // Nobody has a file open that was not there a moment ago; another process that is as quick as that is not waited for.
    if (NO_LINKS.includes(code)) createDirectly(path);
    else if (code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
}

function createDirectly(path: string): void {
  try {
    closeSync(openSync(path, 'ax', 0o600));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
