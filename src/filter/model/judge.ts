import { evaluate } from './evaluate.ts';
import { MailboxClient } from './onnxruntime/mailbox.ts';
import type { Judge, ModelMaterial } from './types.ts';

/** Who is asked about a message on this thread: the runtime where there is one, the plain evaluation else. */
export function createJudge({ model, mailbox }: ModelMaterial): Judge {
  if (mailbox === undefined) return (features) => evaluate(model, features);
  const client = new MailboxClient(mailbox);
  return async (features) => (await client.ask(features)) ?? evaluate(model, features);
}
