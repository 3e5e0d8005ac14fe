/**
 * The thread in which onnxruntime lives. It is never killed: the runtime takes the whole process down when its thread
 * ends while it computes. Asked to leave, it finishes what it has begun.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { MailboxServer } from './mailbox.ts';
import { openSession, type Session } from './session.ts';

/** What the thread is started with. */
export interface ThreadData {
  readonly mailbox: SharedArrayBuffer;
  readonly file: Uint8Array;
}

/** Questions answered in one run: what gathers while the last one ran, and no long wait for the first of them. */
const BATCH = 16;

const { mailbox, file } = workerData as ThreadData;
const server = new MailboxServer(mailbox);
const leave = new AbortController();
parentPort?.on('message', () => {
  leave.abort();
  server.wake();
});

async function serve(session: Session): Promise<void> {
  server.ready = true;
  while (!leave.signal.aborted) {
    const bell = server.bell;
    const questions = server.take(BATCH);
    if (questions.length === 0) {
      await server.wait(bell);
      continue;
    }
    const answers = await session.judge(questions.map(({ features }) => features));
    for (const [index, question] of questions.entries()) {
      const answer = answers[index];
      if (answer !== undefined) server.answer(question, answer);
    }
  }
}

try {
  const session = await openSession(file);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  parentPort?.postMessage('ready');
  await serve(session);
  await session.close();
} finally {
  server.ready = false;
  parentPort?.close();
}
