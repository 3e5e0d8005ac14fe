import { lstatSync } from 'node:fs';

/** What is known of a file without reading it. */
export interface Looked {
  /** The file's time in milliseconds. */
  readonly modified: number;
  /** Octets of the file. */
  readonly bytes: number;
}

/** At once: for a thread. Undefined when it is gone, no file, or too large. */
export function lookAtFile(path: string, maxBytes: number): Looked | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true || stats.size > maxBytes) return undefined;
  return { modified: stats.mtimeMs, bytes: stats.size };
}
