/** The main thread's side: answers what workers ask. */
import type { MessagePort } from 'node:worker_threads';
import type { RecallAnswer, RecallHost, RecallMessage } from './types.ts';

/** What a worker sends when it starts: the end of a channel by which it asks. */
export interface RecallHello {
  recall: MessagePort;
}

export const isRecallHello = (message: unknown): message is RecallHello =>
  typeof message === 'object' && message !== null && 'recall' in message;

/** Answers a worker until it ends; `failed` is told what went wrong, once until something succeeds again. */
export function serveRecall(host: RecallHost, failed: (error: Error) => void): (port: MessagePort) => void {
  let failing = false;
  const complain = (error: unknown): undefined => {
    if (!failing) failed(error as Error);
    failing = true;
    return undefined;
  };
  const answerTo = async (message: RecallMessage): Promise<unknown> => {
    try {
      const answer = await carryOut(host, message);
      if ('id' in message) failing = false;
      return answer;
    } catch (error) {
      return complain(error);
    }
  };
  return (port) => {
    port.on('message', (message: RecallMessage) => {
      void answerTo(message).then((answer) => {
        if (!('id' in message)) return;
        const reply: RecallAnswer = { id: message.id, ...(answer === undefined ? {} : { answer }) };
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
        port.postMessage(reply);
      });
    });
    port.unref();
  };
}

async function carryOut({ fuzzy, reputation }: RecallHost, message: RecallMessage): Promise<unknown> {
  if ('tell' in message) {
    if (message.tell === 'learn') await fuzzy?.learn(message.report);
    else reputation?.add(message.report);
    return undefined;
  }
  return message.ask === 'copies' ? fuzzy?.find(message.question) : reputation?.look(message.question);
}
