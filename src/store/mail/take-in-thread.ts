import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { takeInFile, type TakenIn } from './take-in.ts';

/** Reads the files of a mailbox that is seen for the first time, away from the sockets. */

export interface FilesAsked {
  readonly id: number;
  readonly paths: readonly string[];
  readonly maxBytes: number;
}

export type FilesAnswered =
  | { readonly id: number; readonly files: readonly (TakenIn | undefined)[] }
  | { readonly id: number; readonly error: string };

// Sessions come first, but somebody waits for the mailbox. On Linux this is about the thread, elsewhere about the process: there we leave it.
if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);

const port = parentPort;
port?.on('message', ({ id, paths, maxBytes }: FilesAsked) => {
  let answered: FilesAnswered;
  try {
    answered = { id, files: paths.map((path) => takeInFile(path, maxBytes)) };
  } catch (error) {
    answered = { id, error: String(error) };
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  port.postMessage(answered);
});
