/** Where the loops of `foreverypart` stand (RFC 5703 §3). */
import type { Message, Part } from '../../message/types.ts';
import type { Compiler } from '../compiler.ts';
import { Label } from '../program.ts';
import { Slot } from '../slot.ts';
import type { RunState } from '../state.ts';

/** Indexes among the children, from the message itself down to a part. Survives that the message is changed. */
type Path = readonly number[];

/** The place of a loop while it runs. */
class Cursor {
  /** The part whose parts are gone through; for the outermost loop the message, which is gone through as well. */
  root: Path = [];
  /** The current part; undefined before the first, and when the message it was in is gone. */
  path: Path | undefined;
  /** The current part was replaced: what is in it now is not gone into (RFC 5703 §5). */
  replaced = false;
  ended = false;
}

/** A loop of a script. What it does in a run lies in `cursor`. */
export class PartLoop {
  readonly name: string | undefined;
  /** Where `break` goes. */
  readonly end = new Label();
  readonly outer: PartLoop | undefined;
  readonly cursor = new Slot(() => new Cursor());

  constructor(name: string | undefined, outer: PartLoop | undefined) {
    this.name = name;
    this.outer = outer;
  }
}

const openLoops = new Slot((): PartLoop[] => []);
/** The cursors of the loops that have run. */
const cursors = new Slot(() => new Set<Cursor>());

/** The loop around what is compiled. */
export function enclosingLoop(compiler: Compiler): PartLoop | undefined {
  return compiler.slots.get(openLoops).at(-1);
}

export function openLoop(compiler: Compiler, name: string | undefined): PartLoop {
  const loop = new PartLoop(name, enclosingLoop(compiler));
  compiler.slots.get(openLoops).push(loop);
  return loop;
}

export function closeLoop(compiler: Compiler): void {
  compiler.slots.get(openLoops).pop();
}

/** Puts a loop before its first part. */
export function startLoop(loop: PartLoop, state: RunState): void {
  const cursor = state.slots.get(loop.cursor);
  state.slots.get(cursors).add(cursor);
  const outer = loop.outer === undefined ? undefined : state.slots.get(loop.outer.cursor);
  cursor.root = outer?.path ?? [];
  cursor.path = undefined;
  cursor.replaced = false;
  cursor.ended = outer !== undefined && outer.path === undefined;
}

/** Goes to the next part, depth first; false when there is none. */
export function advanceLoop(loop: PartLoop, state: RunState): boolean {
  const cursor = state.slots.get(loop.cursor);
  if (cursor.ended) return false;
  const { message } = state;
  const first = cursor.path === undefined;
  // An inner loop is about what is in the part, not the part (RFC 5703 §3).
  const next =
    first && loop.outer === undefined ? [] : following(message, cursor, cursor.path ?? cursor.root);
  state.spend(1 + (next?.length ?? 0));
  cursor.replaced = false;
  cursor.path = next;
  cursor.ended = next === undefined;
  return next !== undefined;
}

function following(message: Message, { root, replaced }: Cursor, path: Path): Path | undefined {
  const part = partAt(message, path);
  if (part === undefined) return undefined;
  if (!replaced && part.children.length > 0) return [...path, 0];
  for (let at = path; at.length > root.length; ) {
    const above = at.slice(0, -1);
    const next = (at.at(-1) ?? 0) + 1;
    if (partAt(message, above)?.children[next] !== undefined) return [...above, next];
    at = above;
  }
  return undefined;
}

function partAt(message: Message, path: Path): Part | undefined {
  let part: Part | undefined = message.root;
  for (const index of path) part = part?.children[index];
  return part;
}

/** The part a loop is at; undefined when it is gone. Without a loop, the message itself. */
export function currentPart(loop: PartLoop | undefined, state: RunState): Part | undefined {
  if (loop === undefined) return state.message.root;
  const { path } = state.slots.get(loop.cursor);
  return path === undefined ? undefined : partAt(state.message, path);
}

/** Notes that the current part of a loop was replaced. */
export function markReplaced(loop: PartLoop | undefined, state: RunState): void {
  if (loop !== undefined) state.slots.get(loop.cursor).replaced = true;
}

/** All loops go on in a message that has the one they were in as the part at `place` (RFC 5703 §6). */
export function moveLoops(state: RunState, place: Path): void {
  for (const cursor of state.slots.get(cursors)) {
    cursor.root = [...place, ...cursor.root];
    if (cursor.path !== undefined) cursor.path = [...place, ...cursor.path];
  }
}

/** All loops end: the message they were in is another one. */
export function endLoops(state: RunState): void {
  for (const cursor of state.slots.get(cursors)) {
    cursor.path = undefined;
    cursor.ended = true;
  }
}

/** A part and all that is in it, in the order of the message. */
export function withDescendants(message: Message, part: Part): readonly Part[] {
  let end = part.index + 1;
  while ((message.parts[end]?.depth ?? -1) > part.depth) end++;
  return message.parts.slice(part.index, end);
}
