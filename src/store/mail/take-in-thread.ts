import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { type Looked, lookAtFile, takeInFile, type TakenIn } from './take-in.ts';

/** Looks at the files of a mailbox that is seen for the first time and reads them, away from the sockets. */

/** What may be asked of files, and what is answered for each; undefined for one that is no message. */
export interface Answers {
  readonly look: Looked;
  readonly read: TakenIn;
}

export interface FilesAsked {
  readonly id: number;
  readonly kind: keyof Answers;
  readonly paths: readonly string[];
  readonly maxBytes: number;
}

export type FilesAnswered =
  | { readonly id: number; readonly files: readonly (Answers[keyof Answers] | undefined)[] }
  | { readonly id: number; readonly error: string };

const WORK = { look: lookAtFile, read: takeInFile };

// Sessions come first, but somebody waits for the mailbox. On Linux this is about the thread, elsewhere about the process: there we leave it.
if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);

const port = parentPort;
port?.on('message', ({ id, kind, paths, maxBytes }: FilesAsked) => {
  let answered: FilesAnswered;
  try {
    answered = { id, files: paths.map((path) => WORK[kind](path, maxBytes)) };
  } catch (error) {
    answered = { id, error: String(error) };
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  port.postMessage(answered);
});
