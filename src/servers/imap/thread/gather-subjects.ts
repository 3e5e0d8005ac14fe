import type { Steps } from '../sort/steps.ts';
import type { Container } from './references.ts';

/** Roots looked at in one step. */
const STEP = 4_096;

/**
 * Step 5 of RFC 5256 §3, REFERENCES: threads of one base subject become one thread. A thread whose root is an answer goes
 * under one whose root is none; of two of a kind both go under a root without a message. `roots` are in the order of dates.
 */
export function* gatherSubjects(roots: readonly Container[]): Steps<Container[]> {
  const table = new Map<string, Container>();
  for (const [at, root] of roots.entries()) {
    const subject = subjectOf(root);
    if (at % STEP === 0) yield;
    if (subject === '') continue;
    const there = table.get(subject);
    if (there === undefined || (!isDummy(there) && (isDummy(root) || (isReply(there) && !isReply(root)))))
      table.set(subject, root);
  }
  const gathered = new Set<Container>();
  for (const [at, root] of roots.entries()) {
    if (at % STEP === 0) yield;
    const subject = subjectOf(root);
    const there = subject === '' ? undefined : table.get(subject);
    if (there === undefined || there === root) gathered.add(root);
    else if (isDummy(there)) under(there, isDummy(root) ? root.children : [root]);
    else if (!isReply(there) && isReply(root)) under(there, [root]);
    else {
      const both: Container = { message: undefined, parent: undefined, children: [] };
      gathered.delete(there);
      under(both, [there, root]);
      gathered.add(both);
      table.set(subject, both);
    }
  }
  return [...gathered];
}

const isDummy = ({ message }: Container): boolean => message === undefined;
const isReply = ({ message }: Container): boolean => message?.reply === true;

function under(parent: Container, children: readonly Container[]): void {
  for (const child of children) {
    child.parent = parent;
    parent.children.push(child);
  }
}

/** Of a root without a message that of its first child. */
function subjectOf({ message, children }: Container): string {
  return (message ?? children[0]?.message)?.subject ?? '';
}
