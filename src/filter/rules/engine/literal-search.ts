/**
 * Finds which of many texts stand in another one, in one pass (Aho and Corasick, 1975), case folded.
 * Each text has owners; the answer is the owners of the texts found.
 */
import { foldByte } from '../regex/bytes.ts';

const BYTES = 256;
/** Bytes of a text that are looked for: what follows hardly tells more, and each takes a row of its own. */
const MOST_BYTES = 10;
/**
 * Classes of bytes, a power of two. The bytes that stand in most texts have one each, those that are left share, and are
 * not told apart: a found text is then no proof, and the table is a third as large, which is read at random.
 */
const CLASS_BITS = 6;
const CLASSES = 1 << CLASS_BITS;
const SHARED_CLASSES = 15;
/** Stamps are numbers of 32 bits. */
const LAST_STAMP = 0x7fffffff;
/** States whose numbers fit into 16 bits. */
const MOST_NARROW = 65_536;

/** One of the texts has to stand in what is searched. An owner of several of these needs them all. */
export interface OwnedLiterals {
  readonly owner: number;
  /** Folded as {@link foldByte} does, not empty. */
  readonly texts: readonly string[];
  /** In how many places one of them has to stand; 1 unless said. */
  readonly copies?: number;
}

export class LiteralSearch {
  /** State by state and class of the byte. Half as wide where that will do: it is read at random. */
  private readonly next: Uint16Array | Int32Array;
  private readonly classOf: Uint8Array;
  /** From this state on, states have found something: they are numbered last. */
  private readonly firstFound: number;
  private readonly setsOf: readonly Int32Array[];
  /** By such a state: the stamp of the text that need not be told of it any more; 1 where one visit tells all. */
  private readonly told: Int32Array;
  private readonly tellsOnce: Uint8Array;
  /** By set of texts: places that are needed, and those found in the text of that stamp. */
  private readonly needed: Int32Array;
  private readonly counts: Int32Array;
  private readonly stamps: Int32Array;
  private readonly ownerOf: Int32Array;
  /** By owner: its sets, and those still missing in the text of that stamp. */
  private readonly sets: Int32Array;
  private readonly missing: Int32Array;
  private readonly ownerStamps: Int32Array;
  private stamp = 0;

  constructor(literals: readonly OwnedLiterals[]) {
    const classOf = byteClasses(literals);
    const trie = new Trie();
    literals.forEach(({ texts }, set) => {
      for (const text of texts) trie.add(text.slice(0, MOST_BYTES), classOf, set);
    });
    this.classOf = classOf;
    const built = trie.build();
    this.next = built.next;
    this.firstFound = built.firstFound;
    this.setsOf = built.owners;
    this.needed = Int32Array.from(literals, ({ copies }) => copies ?? 1);
    this.told = new Int32Array(this.setsOf.length);
    this.tellsOnce = Uint8Array.from(this.setsOf, (sets) =>
      Number(sets.every((set) => this.needed[set] === 1)),
    );
    this.counts = new Int32Array(literals.length);
    this.stamps = new Int32Array(literals.length);
    this.ownerOf = Int32Array.from(literals, ({ owner }) => owner);
    const owners = literals.reduce((most, { owner }) => Math.max(most, owner + 1), 0);
    this.sets = new Int32Array(owners);
    for (const { owner } of literals) this.sets[owner]!++;
    this.missing = new Int32Array(owners);
    this.ownerStamps = new Int32Array(owners);
  }

  /** Owners all of whose texts stand in the first `length` bytes, each once, are put behind what is in `found`. */
  find(text: Uint8Array, length: number, found: number[]): void {
    const { next, classOf, firstFound, setsOf, told, tellsOnce } = this;
    if (this.stamp === LAST_STAMP) this.forget();
    const stamp = ++this.stamp;
    let state = 0;
    for (let i = 0; i < length; i++) {
      state = next[(state << CLASS_BITS) | classOf[text[i]!]!]!;
      if (state < firstFound) continue;
      const place = state - firstFound;
      if (told[place] === stamp) continue;
      if (tellsOnce[place] === 1) told[place] = stamp;
      this.note(setsOf[place]!, stamp, found);
    }
  }

  /** Begins to count stamps anew. */
  private forget(): void {
    this.stamp = 0;
    for (const stamps of [this.stamps, this.ownerStamps, this.told]) stamps.fill(0);
  }

  private note(sets: Int32Array, stamp: number, found: number[]): void {
    const { stamps, counts, needed, ownerOf, ownerStamps, missing } = this;
    for (let i = 0; i < sets.length; i++) {
      const set = sets[i]!;
      const places = needed[set]!;
      if (stamps[set] !== stamp) {
        stamps[set] = stamp;
        counts[set] = 1;
        if (places > 1) continue;
      } else if (places === 1 || ++counts[set]! !== places) continue;
      const owner = ownerOf[set]!;
      if (ownerStamps[owner] !== stamp) {
        ownerStamps[owner] = stamp;
        missing[owner] = this.sets[owner]!;
      }
      if (--missing[owner]! === 0) found.push(owner);
    }
  }
}

/** Class 0 are the bytes that stand in no text. */
function byteClasses(literals: readonly OwnedLiterals[]): Uint8Array {
  const counts = new Uint32Array(BYTES);
  for (const { texts } of literals)
    for (const text of texts)
      for (let i = 0; i < Math.min(text.length, MOST_BYTES); i++) counts[foldByte(text.charCodeAt(i))]!++;
  const bytes = [...counts.keys()].filter((byte) => counts[byte]! > 0);
  const own = CLASSES - 1 - SHARED_CLASSES;
  const classOf = new Uint8Array(BYTES);
  bytes
    .toSorted((one, other) => counts[other]! - counts[one]!)
    .forEach((byte, place) => {
      classOf[byte] = 1 + (place < own ? place : own + ((place - own) % SHARED_CLASSES));
    });
  for (let byte = 0; byte < BYTES; byte++) classOf[byte] = classOf[foldByte(byte)]!;
  return classOf;
}

interface TrieNode {
  /** By class of the next byte. */
  readonly children: Map<number, TrieNode>;
  readonly owners: Set<number>;
  fail: TrieNode | undefined;
  state: number;
}

class Trie {
  private readonly root: TrieNode = newNode();

  add(text: string, classOf: Uint8Array, owner: number): void {
    let node = this.root;
    for (let i = 0; i < text.length; i++) {
      const kind = classOf[text.charCodeAt(i)]!;
      let child = node.children.get(kind);
      if (child === undefined) {
        child = newNode();
        node.children.set(kind, child);
      }
      node = child;
    }
    node.owners.add(owner);
  }

  build(): { next: Uint16Array | Int32Array; firstFound: number; owners: readonly Int32Array[] } {
    const order = this.link();
    const quiet = order.filter(({ owners }) => owners.size === 0);
    const finding = order.filter(({ owners }) => owners.size > 0);
    // The root is quiet, as no text is empty, and comes first.
    [...quiet, ...finding].forEach((node, state) => (node.state = state));
    const size = order.length * CLASSES;
    const next = order.length <= MOST_NARROW ? new Uint16Array(size) : new Int32Array(size);
    // Breadth first: the row of what a state falls back to is there already.
    for (const node of order) {
      const row = node.state * CLASSES;
      if (node.fail !== undefined) {
        const from = node.fail.state * CLASSES;
        next.copyWithin(row, from, from + CLASSES);
      }
      for (const [kind, child] of node.children) next[row + kind] = child.state;
    }
    return { next, firstFound: quiet.length, owners: finding.map(({ owners }) => Int32Array.from(owners)) };
  }

  /** Sets where each node falls back to; gives the nodes breadth first. */
  private link(): TrieNode[] {
    const order: TrieNode[] = [this.root];
    for (let i = 0; i < order.length; i++) {
      const node = order[i]!;
      for (const [kind, child] of node.children) {
        let fail = node.fail;
        while (fail !== undefined && !fail.children.has(kind)) fail = fail.fail;
        child.fail = fail?.children.get(kind) ?? this.root;
        for (const owner of child.fail.owners) child.owners.add(owner);
        order.push(child);
      }
    }
    return order;
  }
}

const newNode = (): TrieNode => ({ children: new Map(), owners: new Set(), fail: undefined, state: 0 });
