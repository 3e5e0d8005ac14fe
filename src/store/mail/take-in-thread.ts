import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { type Looked, lookAtFile } from './look.ts';
import type { TakenIn } from './take-in.ts';

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

type Work = (path: string, maxBytes: number) => Answers[keyof Answers] | undefined;

const WORK: Readonly<Record<keyof Answers, () => Promise<Work>>> = {
  look: async () => lookAtFile,
  // What parses messages takes longer to load than thousands of files to be looked at.
  read: async () => {
    yieldToSessions();
    return (await import('./take-in.ts')).takeInFile;
  },
};

let yields = false;

/** Sessions come first, but somebody may wait. On Linux this is about the thread, elsewhere about the process: there we leave it. */
function yieldToSessions(): void {
  if (yields || process.platform !== 'linux') return;
  yields = true;
  setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
}

const port = parentPort;
port?.on('message', (asked: FilesAsked) => {
  void answer(asked).then((answered) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    port.postMessage(answered);
  });
});

async function answer({ id, kind, paths, maxBytes }: FilesAsked): Promise<FilesAnswered> {
  try {
    const work = await WORK[kind]();
    return { id, files: paths.map((path) => work(path, maxBytes)) };
  } catch (error) {
    return { id, error: String(error) };
  }
}
