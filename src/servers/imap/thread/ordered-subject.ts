import type { Steps } from '../sort/steps.ts';
import { sortSteps } from '../sort/steps.ts';
import type { ThreadInput, ThreadNode } from './types.ts';

/** RFC 5256 §3, ORDEREDSUBJECT: messages of a base subject are one thread, all of them children of its first. */
export function* orderedSubject(messages: readonly ThreadInput[]): Steps<readonly ThreadNode[]> {
  const byDate = yield* sortSteps(messages, (one, other) => one.sent - other.sent || one.uid - other.uid);
  const threads = new Map<string, { readonly uid: number; readonly children: ThreadNode[] }>();
  for (const { uid, subject } of byDate) {
    const thread = threads.get(subject);
    if (thread === undefined) threads.set(subject, { uid, children: [] });
    else thread.children.push({ uid, children: [] });
  }
  return [...threads.values()];
}
