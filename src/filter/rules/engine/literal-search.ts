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
  /** Sets of texts of all such states, one state's after the other's, and where each begins; one more, the end. */
  private readonly sets: Int32Array;
  private readonly setsFrom: Int32Array;
  /** By such a state: the stamp of the text that need not be told of it any more; 1 where one visit tells all. */
  private readonly told: Int32Array;
  private readonly tellsOnce: Uint8Array;
  /** By set of texts: places that are needed, and those found in the text of that stamp. */
  private readonly needed: Int32Array;
  private readonly counts: Int32Array;
  private readonly stamps: Int32Array;
  private readonly ownerOf: Int32Array;
  /** By owner: its sets, and those still missing in the text of that stamp. */
  private readonly setsOfOwner: Int32Array;
  private readonly missing: Int32Array;
  private readonly ownerStamps: Int32Array;
  private stamp = 0;

  constructor(literals: readonly OwnedLiterals[]) {
    const classOf = byteClasses(literals);
    const trie = new Trie();
    literals.forEach(({ texts }, set) => {
      for (const text of texts) trie.add(text.slice(0, MOST_BYTES), classOf, set);
    });
    const { next, firstFound, sets, setsFrom } = trie.build();
    this.classOf = classOf;
    this.next = next;
    this.firstFound = firstFound;
    this.sets = sets;
    this.setsFrom = setsFrom;
    this.needed = Int32Array.from(literals, ({ copies }) => copies ?? 1);
    const finding = setsFrom.length - 1;
    this.told = new Int32Array(finding);
    this.tellsOnce = new Uint8Array(finding);
    for (let place = 0; place < finding; place++)
      this.tellsOnce[place] = Number(
        sets.subarray(setsFrom[place], setsFrom[place + 1]).every((set) => this.needed[set] === 1),
      );
    this.counts = new Int32Array(literals.length);
    this.stamps = new Int32Array(literals.length);
    this.ownerOf = Int32Array.from(literals, ({ owner }) => owner);
    const owners = literals.reduce((most, { owner }) => Math.max(most, owner + 1), 0);
    this.setsOfOwner = new Int32Array(owners);
    for (const { owner } of literals) this.setsOfOwner[owner]!++;
    this.missing = new Int32Array(owners);
    this.ownerStamps = new Int32Array(owners);
  }

  /** Owners all of whose texts stand in the first `length` bytes, each once, are put behind what is in `found`. */
  find(text: Uint8Array, length: number, found: number[]): void {
    const { next, classOf, firstFound, told, tellsOnce } = this;
    if (this.stamp === LAST_STAMP) this.forget();
    const stamp = ++this.stamp;
    let state = 0;
    for (let i = 0; i < length; i++) {
      state = next[(state << CLASS_BITS) | classOf[text[i]!]!]!;
      if (state < firstFound) continue;
      const place = state - firstFound;
      if (told[place] === stamp) continue;
      if (tellsOnce[place] === 1) told[place] = stamp;
      this.note(place, stamp, found);
    }
  }

  /** Begins to count stamps anew. */
  private forget(): void {
    this.stamp = 0;
    for (const stamps of [this.stamps, this.ownerStamps, this.told]) stamps.fill(0);
  }

  private note(place: number, stamp: number, found: number[]): void {
    const { sets, setsFrom, stamps, counts, needed, ownerOf, ownerStamps, missing } = this;
    const end = setsFrom[place + 1]!;
    for (let i = setsFrom[place]!; i < end; i++) {
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
        missing[owner] = this.setsOfOwner[owner]!;
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

interface Automaton {
  readonly next: Uint16Array | Int32Array;
  readonly firstFound: number;
  readonly sets: Int32Array;
  readonly setsFrom: Int32Array;
}

/** In plain lists of numbers: as objects, tens of thousands of nodes take more memory than all else a worker holds. */
class Trie {
  /** By node: its first child, the next child of its parent, 0 where there is none; and the class of the byte before it. */
  private readonly children = [0];
  private readonly siblings = [0];
  private readonly kinds = [0];
  /** By node: sets of the texts that end there. */
  private readonly ends = new Map<number, number[]>();

  add(text: string, classOf: Uint8Array, set: number): void {
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      const kind = classOf[text.charCodeAt(i)]!;
      node = this.child(node, kind) || this.insert(node, kind);
    }
    const known = this.ends.get(node);
    if (known === undefined) this.ends.set(node, [set]);
    else known.push(set);
  }

  build(): Automaton {
    const { order, fails } = this.link();
    const found = this.found(order, fails);
    // The root is quiet, as no text is empty, and comes first.
    const states = new Int32Array(order.length);
    let quiet = 0;
    const firstFound = order.length - found.size;
    let finding = firstFound;
    const sets: number[] = [];
    const setsFrom = new Int32Array(found.size + 1);
    for (const node of order) {
      const own = found.get(node);
      if (own === undefined) {
        states[node] = quiet++;
        continue;
      }
      states[node] = finding++;
      for (const set of own) sets.push(set);
      setsFrom[finding - firstFound] = sets.length;
    }
    return { next: this.table(order, fails, states), firstFound, sets: Int32Array.from(sets), setsFrom };
  }

  /** The child behind a byte of that class; 0 where there is none. */
  private child(node: number, kind: number): number {
    let child = this.children[node]!;
    while (child !== 0 && this.kinds[child] !== kind) child = this.siblings[child]!;
    return child;
  }

  private insert(node: number, kind: number): number {
    const child = this.kinds.push(kind) - 1;
    this.siblings.push(this.children[node]!);
    this.children.push(0);
    this.children[node] = child;
    return child;
  }

  /** The nodes breadth first, and by node what it falls back to. */
  private link(): { order: Int32Array; fails: Int32Array } {
    const order = new Int32Array(this.kinds.length);
    const fails = new Int32Array(this.kinds.length);
    let reached = 1;
    for (const node of order)
      for (let child = this.children[node]!; child !== 0; child = this.siblings[child]!) {
        order[reached++] = child;
        if (node === 0) continue;
        const kind = this.kinds[child]!;
        let fail = fails[node]!;
        while (fail !== 0 && this.child(fail, kind) === 0) fail = fails[fail]!;
        fails[child] = this.child(fail, kind);
      }
    return { order, fails };
  }

  /** By node: sets of the texts that end there, and of those that end with them. */
  private found(order: Int32Array, fails: Int32Array): ReadonlyMap<number, readonly number[]> {
    const found = new Map<number, readonly number[]>();
    for (const node of order) {
      const own = this.ends.get(node);
      const shorter = found.get(fails[node]!);
      const all = own === undefined ? shorter : [...new Set([...own, ...(shorter ?? [])])];
      if (all !== undefined) found.set(node, all);
    }
    return found;
  }

  private table(order: Int32Array, fails: Int32Array, states: Int32Array): Uint16Array | Int32Array {
    const size = order.length * CLASSES;
    const next = order.length <= MOST_NARROW ? new Uint16Array(size) : new Int32Array(size);
    // Breadth first: the row of what a node falls back to is there already.
    for (const node of order) {
      const row = states[node]! * CLASSES;
      if (node !== 0) {
        const from = states[fails[node]!]! * CLASSES;
        next.copyWithin(row, from, from + CLASSES);
      }
      for (let child = this.children[node]!; child !== 0; child = this.siblings[child]!)
        next[row + this.kinds[child]!] = states[child]!;
    }
    return next;
  }
}
