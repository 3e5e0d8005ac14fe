import { readFileSync } from 'node:fs';
import { EXIT, type Io } from '../io.ts';

/** What a command of `tamis sieve` writes to. */
export type SieveIo = Pick<Io, 'stdout' | 'stderr' | 'color'>;

/** The bytes of a file, or of standard input for `-`; undefined, and a line on standard error, when it cannot be read. */
export function readFile(file: string, io: SieveIo): Uint8Array | undefined {
  try {
    return readFileSync(file === '-' ? process.stdin.fd : file);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : String(error);
    io.stderr(`tamis: ${file}: ${reason}\n`);
    return undefined;
  }
}

/** Two inputs of one command cannot both be standard input. */
export function refuseTwoInputs(files: readonly string[], io: SieveIo): number | undefined {
  if (files.filter((file) => file === '-').length < 2) return undefined;
  io.stderr('tamis: only one of the files can be standard input\n');
  return EXIT.usage;
}
