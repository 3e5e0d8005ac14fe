import { Worker } from 'node:worker_threads';
import type { Log } from '../../../log.ts';
import { createMailbox } from './mailbox.ts';
import type { ThreadData } from './thread.ts';

/** The runtime's thread, seen from the one that started it. */
export interface RuntimeThread {
  /** For {@link ModelMaterial.mailbox}. */
  readonly mailbox: SharedArrayBuffer;
  /** Whether it has loaded the model; false when it cannot, and then everybody evaluates by himself. */
  readonly started: Promise<boolean>;
  /** Asks it to leave, and waits until it has. */
  close(): Promise<void>;
}

/** Starts onnxruntime with a model. Never throws: what goes wrong is logged, and scanners do without. */
export function startRuntime(file: Uint8Array, log: Log): RuntimeThread {
  const mailbox = createMailbox();
  const workerData: ThreadData = { mailbox, file };
  const name = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js';
  const worker = new Worker(new URL(name, import.meta.url), { workerData });
  // A process that has nothing else to do may end; who wants an orderly end calls close().
  worker.unref();
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const started = new Promise<boolean>((resolve) => {
    worker.once('message', () => resolve(true));
    worker.once('exit', () => resolve(false));
  });
  worker.on('error', (error) => log.error({ error: String(error) }, 'onnxruntime failed: plain evaluation'));
  return {
    mailbox,
    started,
    async close() {
      worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
      worker.postMessage('leave');
      await exited;
    },
  };
}
