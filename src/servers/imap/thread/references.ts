import type { Steps } from '../sort/steps.ts';
import { sortSteps } from '../sort/steps.ts';
import { gatherSubjects } from './gather-subjects.ts';
import type { ThreadInput, ThreadNode } from './types.ts';

/** Containers looked at in one step. */
const STEP = 4_096;
/**
 * References followed in all: a mailbox of mail has five a message. Beyond it only the last one of each message counts, so
 * that lists of thousands of made-up identifiers do not take the memory of the server.
 */
const MAX_LINKS = 2_000_000;

/** A message, or one that others answer to and that is not there (RFC 5256 §3, REFERENCES step 1). */
export interface Container {
  message: ThreadInput | undefined;
  parent: Container | undefined;
  children: Container[];
}

/** RFC 5256 §3, THREAD=REFERENCES: by references, then roots by subject, ordered by their sent dates. */
export function* references(messages: readonly ThreadInput[]): Steps<readonly ThreadNode[]> {
  const pruned = yield* threadTrees(messages);
  yield* sortTrees(pruned);
  const gathered = yield* gatherSubjects(yield* sortSteps(pruned, byDate));
  yield* sortTrees(gathered);
  return yield* finished(yield* sortSteps(gathered, byDate));
}

/** THREAD=REFS: by references alone; the thread of the message that was sent last is the last, as Dovecot has it. */
export function* refs(messages: readonly ThreadInput[]): Steps<readonly ThreadNode[]> {
  const pruned = yield* threadTrees(messages);
  yield* sortTrees(pruned);
  const latest = new Map<Container, number>();
  for (const root of pruned) {
    let last = 0;
    for (const { message } of walk(root)) last = Math.max(last, message?.sent ?? 0);
    latest.set(root, last);
    if (latest.size % STEP === 0) yield;
  }
  return yield* finished(
    yield* sortSteps(
      pruned,
      (one, other) => (latest.get(one) ?? 0) - (latest.get(other) ?? 0) || byDate(one, other),
    ),
  );
}

/** Steps 1 to 3: links by references, roots, and what is left of containers without a message. */
function* threadTrees(messages: readonly ThreadInput[]): Steps<Container[]> {
  const { containers, byId } = yield* collect(messages);
  yield* link(messages, containers, byId);
  const roots: Container[] = [];
  let steps = 0;
  for (const group of [containers, byId.values()])
    for (const container of group) {
      if (container.parent === undefined && (container.message === undefined || group === containers))
        roots.push(container);
      if (++steps % STEP === 0) yield;
    }
  return yield* prune(roots);
}

/** A container for each message, and for each identifier. Of messages with one identifier the first has it. */
function* collect(
  messages: readonly ThreadInput[],
): Steps<{ containers: Container[]; byId: Map<string, Container> }> {
  const byId = new Map<string, Container>();
  const containers: Container[] = [];
  for (const [at, message] of messages.entries()) {
    const container: Container = { message, parent: undefined, children: [] };
    containers.push(container);
    if (message.messageId !== null && !byId.has(message.messageId)) byId.set(message.messageId, container);
    if (at % STEP === 0) yield;
  }
  return { containers, byId };
}

/** A message's own last reference tells its parent; then the lists of others link what has no parent yet. */
function* link(
  messages: readonly ThreadInput[],
  containers: readonly Container[],
  byId: Map<string, Container>,
): Steps<void> {
  const trees = new Trees();
  const named = (id: string): Container => {
    let container = byId.get(id);
    if (container === undefined) {
      container = { message: undefined, parent: undefined, children: [] };
      byId.set(id, container);
    }
    return container;
  };
  let steps = 0;
  for (const [at, message] of messages.entries()) {
    const last = message.references.at(-1);
    const container = containers[at];
    if (last !== undefined && container !== undefined) trees.link(named(last), container);
    if (++steps % STEP === 0) yield;
  }
  let links = 0;
  for (const message of messages) {
    if (links > MAX_LINKS) break;
    for (let at = 1; at < message.references.length; at++) {
      const [parent, child] = [message.references[at - 1], message.references[at]];
      if (parent === undefined || child === undefined) continue;
      trees.link(named(parent), named(child));
      if (++links % STEP === 0) yield;
    }
    if (++steps % STEP === 0) yield;
  }
}

/** Finds loops: whether two containers are in one tree is told in nearly constant time, however deep it is. */
class Trees {
  readonly #up = new Map<Container, Container>();

  /** Nothing happens when the child has a parent, or the link would close a loop. */
  link(parent: Container, child: Container): void {
    if (child.parent !== undefined || this.#root(parent) === child) return;
    child.parent = parent;
    parent.children.push(child);
    this.#up.set(child, parent);
  }

  #root(from: Container): Container {
    let at = from;
    for (let up = this.#up.get(at); up !== undefined; up = this.#up.get(at)) {
      const next = this.#up.get(up);
      // Every second step is shortened, so that long chains are walked once.
      if (next !== undefined) this.#up.set(at, next);
      at = up;
    }
    return at;
  }
}

/**
 * Step 3: a container without a message goes, and its children take its place; as a root only when it has one child at
 * most.
 */
function* prune(roots: readonly Container[]): Steps<Container[]> {
  let steps = 0;
  const kept: Container[] = [];
  for (const root of roots) {
    // Those below others come first.
    for (const container of [...walk(root)].toReversed()) {
      if (container.children.some(isHollow)) {
        const children: Container[] = [];
        for (const child of container.children) {
          if (!isHollow(child)) children.push(child);
          else for (const one of child.children) children.push(adopt(one, container));
        }
        container.children = children;
      }
      if (++steps % STEP === 0) yield;
    }
    if (root.message !== undefined || root.children.length > 1) kept.push(root);
    else for (const child of root.children) kept.push(adopt(child, undefined));
  }
  return kept;
}

const isHollow = ({ message }: Container): boolean => message === undefined;

function adopt(container: Container, parent: Container | undefined): Container {
  container.parent = parent;
  return container;
}

/** Containers of a tree, each before those below it. */
function* walk(root: Container): Generator<Container> {
  const stack = [root];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    yield next;
    for (const child of next.children) stack.push(child);
  }
}

/** Of a container without a message that of its first child (RFC 5256 §3, step 4): call it when children are sorted. */
function dated({ message, children }: Container): ThreadInput | undefined {
  return message ?? children[0]?.message;
}

function byDate(one: Container, other: Container): number {
  const [left, right] = [dated(one), dated(other)];
  return (left?.sent ?? 0) - (right?.sent ?? 0) || (left?.uid ?? 0) - (right?.uid ?? 0);
}

/** Step 6, and what step 4 needs: siblings by date, those at the bottom first. */
function* sortTrees(roots: readonly Container[]): Steps<void> {
  let steps = 0;
  for (const root of roots)
    for (const container of [...walk(root)].toReversed()) {
      if (container.children.length > 1) container.children = yield* sortSteps(container.children, byDate);
      if (++steps % STEP === 0) yield;
    }
}

interface Node {
  readonly uid: number | undefined;
  readonly children: Node[];
}

function* finished(roots: readonly Container[]): Steps<readonly ThreadNode[]> {
  let steps = 0;
  const threads: Node[] = [];
  const stack: { readonly container: Container; readonly siblings: Node[] }[] = [];
  for (const root of roots) {
    stack.push({ container: root, siblings: threads });
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const node: Node = { uid: next.container.message?.uid, children: [] };
      next.siblings.push(node);
      for (const container of next.container.children.toReversed())
        stack.push({ container, siblings: node.children });
      if (++steps % STEP === 0) yield;
    }
  }
  return threads;
}
