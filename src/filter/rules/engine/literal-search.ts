/**
 * Finds which of many texts stand in another one, in one pass (Aho and Corasick, 1975), case of ASCII letters folded.
 * Each text has owners; the answer is the owners of the texts found.
 */

const BYTES = 256;

export interface OwnedLiterals {
  readonly owner: number;
  /** Lower-cased, not empty. */
  readonly texts: readonly string[];
}

export class LiteralSearch {
  /** State by state and class of the byte; a row is a power of two long. */
  private readonly next: Int32Array;
  private readonly shift: number;
  private readonly classOf: Uint8Array;
  /** From this state on, states have found something: they are numbered last. */
  private readonly firstFound: number;
  private readonly ownersOf: readonly Int32Array[];
  private readonly stamps: Int32Array;
  private stamp = 0;

  constructor(literals: readonly OwnedLiterals[]) {
    const trie = new Trie();
    let most = -1;
    for (const { owner, texts } of literals) {
      most = Math.max(most, owner);
      for (const text of texts) trie.add(text, owner);
    }
    const { classOf, classes } = byteClasses(literals);
    this.classOf = classOf;
    this.shift = Math.ceil(Math.log2(Math.max(2, classes)));
    const built = trie.build(classOf, this.shift);
    this.next = built.next;
    this.firstFound = built.firstFound;
    this.ownersOf = built.owners;
    this.stamps = new Int32Array(most + 1);
  }

  /** Owners of the texts that stand in `text`, each once, are put behind what is in `found`. */
  find(text: string, found: number[]): void {
    const { next, shift, classOf, firstFound, ownersOf, stamps } = this;
    const stamp = ++this.stamp;
    let state = 0;
    for (let i = 0; i < text.length; i++) {
      state = next[(state << shift) | classOf[text.charCodeAt(i) & 255]!]!;
      if (state < firstFound) continue;
      const owners = ownersOf[state - firstFound]!;
      for (let j = 0; j < owners.length; j++) {
        const owner = owners[j]!;
        if (stamps[owner] === stamp) continue;
        stamps[owner] = stamp;
        found.push(owner);
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
  for (let upper = 0x41; upper <= 0x5a; upper++) classOf[upper] = classOf[upper + 32]!;
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
    shift: number,
  ): { next: Int32Array; firstFound: number; owners: readonly Int32Array[] } {
    const order = this.link();
    const quiet = order.filter(({ owners }) => owners.size === 0);
    const finding = order.filter(({ owners }) => owners.size > 0);
    // The root is quiet, as no text is empty, and comes first.
    [...quiet, ...finding].forEach((node, state) => (node.state = state));
    const next = new Int32Array(order.length << shift);
    // Breadth first: the row of what a state falls back to is there already.
    for (const node of order) {
      const row = node.state << shift;
      if (node.fail !== undefined) {
        const from = node.fail.state << shift;
        next.copyWithin(row, from, from + (1 << shift));
      }
      for (const [byte, child] of node.children) next[row | classOf[byte]!] = child.state;
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
