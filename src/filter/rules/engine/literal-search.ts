/**
 * Finds which of many texts stand in another one, in one pass (Aho and Corasick, 1975), case folded.
 * Each text has owners; the answer is the owners of the texts found.
 */
import { foldByte } from '../regex/bytes.ts';

const BYTES = 256;
/** Bytes of a text that are looked for: what follows hardly tells more, and each takes a row of its own. */
const MOST_BYTES = 10;
/** States whose numbers fit into 16 bits. */
const MOST_NARROW = 65_536;

export interface OwnedLiterals {
  readonly owner: number;
  /** Folded as {@link foldByte} does, not empty. */
  readonly texts: readonly string[];
  /** In how many places one of them has to stand; 1 unless said. */
  readonly copies?: number;
}

export class LiteralSearch {
  /** State by state and class of the byte; a row has `classes`. Half as wide where that will do: it is read at random. */
  private readonly next: Uint16Array | Int32Array;
  private readonly classes: number;
  private readonly classOf: Uint8Array;
  /** From this state on, states have found something: they are numbered last. */
  private readonly firstFound: number;
  private readonly ownersOf: readonly Int32Array[];
  /** By owner: places that are needed, and what was found in the text of that stamp. */
  private readonly needed: Int32Array;
  private readonly counts: Int32Array;
  private readonly stamps: Int32Array;
  private stamp = 0;

  constructor(literals: readonly OwnedLiterals[]) {
    const trie = new Trie();
    let most = -1;
    for (const { owner, texts } of literals) {
      most = Math.max(most, owner);
      for (const text of texts) trie.add(text.slice(0, MOST_BYTES), owner);
    }
    const { classOf, classes } = byteClasses(literals);
    this.classOf = classOf;
    this.classes = classes;
    const built = trie.build(classOf, classes);
    this.next = built.next;
    this.firstFound = built.firstFound;
    this.ownersOf = built.owners;
    this.stamps = new Int32Array(most + 1);
    this.counts = new Int32Array(most + 1);
    this.needed = new Int32Array(most + 1);
    for (const { owner, copies } of literals) this.needed[owner] = copies ?? 1;
  }

  /** Owners of the texts that stand in the first `length` bytes, each once, are put behind what is in `found`. */
  find(text: Uint8Array, length: number, found: number[]): void {
    const { next, classes, classOf, firstFound, ownersOf, stamps, counts, needed } = this;
    const stamp = ++this.stamp;
    let state = 0;
    for (let i = 0; i < length; i++) {
      state = next[state * classes + classOf[text[i]!]!]!;
      if (state < firstFound) continue;
      const owners = ownersOf[state - firstFound]!;
      for (let j = 0; j < owners.length; j++) {
        const owner = owners[j]!;
        if (stamps[owner] !== stamp) {
          stamps[owner] = stamp;
          counts[owner] = 0;
        }
        counts[owner]!++;
        if (counts[owner] === needed[owner]) found.push(owner);
      }
    }
  }
}

/** Bytes that no text tells apart share a class; class 0 are those that stand in none. */
function byteClasses(literals: readonly OwnedLiterals[]): { classOf: Uint8Array; classes: number } {
  const classOf = new Uint8Array(BYTES);
  let classes = 1;
  for (const { texts } of literals)
    for (const text of texts)
      for (let i = 0; i < text.length; i++) {
        const byte = text.charCodeAt(i);
        if (classOf[byte] === 0) classOf[byte] = classes++;
      }
  for (let byte = 0; byte < BYTES; byte++) classOf[byte] = classOf[foldByte(byte)]!;
  return { classOf, classes };
}

interface TrieNode {
  readonly children: Map<number, TrieNode>;
  readonly owners: Set<number>;
  fail: TrieNode | undefined;
  state: number;
}

class Trie {
  private readonly root: TrieNode = newNode();

  add(text: string, owner: number): void {
    let node = this.root;
    for (let i = 0; i < text.length; i++) {
      const byte = text.charCodeAt(i);
      let child = node.children.get(byte);
      if (child === undefined) {
        child = newNode();
        node.children.set(byte, child);
      }
      node = child;
    }
    node.owners.add(owner);
  }

  build(
    classOf: Uint8Array,
    classes: number,
  ): { next: Uint16Array | Int32Array; firstFound: number; owners: readonly Int32Array[] } {
    const order = this.link();
    const quiet = order.filter(({ owners }) => owners.size === 0);
    const finding = order.filter(({ owners }) => owners.size > 0);
    // The root is quiet, as no text is empty, and comes first.
    [...quiet, ...finding].forEach((node, state) => (node.state = state));
    const size = order.length * classes;
    const next = order.length <= MOST_NARROW ? new Uint16Array(size) : new Int32Array(size);
    // Breadth first: the row of what a state falls back to is there already.
    for (const node of order) {
      const row = node.state * classes;
      if (node.fail !== undefined) {
        const from = node.fail.state * classes;
        next.copyWithin(row, from, from + classes);
      }
      for (const [byte, child] of node.children) next[row + classOf[byte]!] = child.state;
    }
    return { next, firstFound: quiet.length, owners: finding.map(({ owners }) => Int32Array.from(owners)) };
  }

  /** Sets where each node falls back to; gives the nodes breadth first. */
  private link(): TrieNode[] {
    const order: TrieNode[] = [this.root];
    for (let i = 0; i < order.length; i++) {
      const node = order[i]!;
      for (const [byte, child] of node.children) {
        let fail = node.fail;
        while (fail !== undefined && !fail.children.has(byte)) fail = fail.fail;
        child.fail = fail?.children.get(byte) ?? this.root;
        for (const owner of child.fail.owners) child.owners.add(owner);
        order.push(child);
      }
    }
    return order;
  }
}

const newNode = (): TrieNode => ({ children: new Map(), owners: new Set(), fail: undefined, state: 0 });
