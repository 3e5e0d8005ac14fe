/**
 * Tells which of many patterns may match a text: their automata, some of them side by side in each pass, made
 * deterministic as the text asks for it. Side by side their states multiply; where they become too many the patterns
 * are parted, until one that has too many alone is left to be run. States are kept for the next text.
 */
import type { ByteSet } from '../regex/bytes.ts';
import type { Positions } from './positions.ts';

/** Patterns in one pass, to begin with: more are fewer passes, and more states. */
const GROUP = 48;
/** States an automaton may have, at a quarter of a kilobyte each. One pattern alone has twenty on ordinary mail. */
const MAX_STATES = 8000;
/** States one text may make in one automaton: each takes some microseconds. */
const MAX_NEW_STATES = 500;

export interface OwnedPositions {
  readonly owner: number;
  readonly positions: Positions;
}

export class ShapeSearch {
  private automata: Automaton[];
  /** Owners of patterns that had too many states alone. */
  private readonly given: number[] = [];

  constructor(patterns: readonly OwnedPositions[]) {
    this.automata = inGroups(patterns, GROUP);
  }

  /** Owners of the patterns that may match the first `length` bytes, each once, are put behind what is in `found`. */
  find(text: Uint8Array, length: number, found: number[]): void {
    let full: Automaton[] | undefined;
    for (const owner of this.given) found.push(owner);
    for (const automaton of this.automata) {
      if (automaton.find(text, length, found)) continue;
      for (const { owner } of automaton.patterns) found.push(owner);
      if (automaton.isFull) (full ??= []).push(automaton);
    }
    if (full !== undefined) this.part(full);
  }

  private part(full: readonly Automaton[]): void {
    this.automata = this.automata.flatMap((automaton) => {
      if (!full.includes(automaton)) return automaton;
      const { patterns } = automaton;
      if (patterns.length > 1) return inGroups(patterns, Math.ceil(patterns.length / 2));
      for (const { owner } of patterns) this.given.push(owner);
      return [];
    });
  }
}

const inGroups = (patterns: readonly OwnedPositions[], size: number): Automaton[] =>
  Array.from(
    { length: Math.ceil(patterns.length / size) },
    (_, group) => new Automaton(patterns.slice(group * size, (group + 1) * size)),
  );

/** The state in which a text begins: the only one that patterns which begin with it set out from. */
const START = 0;
/** A transition nobody asked for yet: more than {@link MAX_STATES}. */
const UNKNOWN = 0xffff;

class Automaton {
  readonly patterns: readonly OwnedPositions[];
  private readonly follow: readonly Int32Array[];
  /** Place among the patterns that end at a position; -1 for none. */
  private readonly endOf: Int32Array;
  private readonly sets: readonly ByteSet[];
  /** First positions, of all patterns, and of those that begin at the start of the text. */
  private readonly firsts: readonly number[];
  private readonly anchored: readonly number[];
  /** By byte: the first positions that it may stand at, once it was seen. */
  private readonly firstsOf: (readonly number[] | undefined)[] = [];
  private readonly classOf: Uint8Array;
  private readonly classes: number;
  private readonly stamps: Int32Array;
  private stamp = 0;
  private readonly endStamps: Int32Array;
  private endStamp = 0;
  /** States are numbers, by the positions they stand for. */
  private readonly states = new Map<string, number>();
  /** By state: the positions that were just matched, ascending. */
  private readonly positionsOf: Int32Array[] = [];
  /** By state: places among the patterns of those that are matched to their end. */
  private readonly endsOf: (readonly number[])[] = [];
  /** By state: 1 where a pattern is. */
  private readonly hasEnds = new Uint8Array(MAX_STATES + 1);
  /** By state and class of the byte: the next state. */
  private table: Uint16Array;

  constructor(patterns: readonly OwnedPositions[]) {
    this.patterns = patterns;
    const follow: Int32Array[] = [];
    const sets: ByteSet[] = [];
    const ends: number[] = [];
    const firsts: number[] = [];
    const anchored: number[] = [];
    patterns.forEach(({ positions }, pattern) => {
      const base = sets.length;
      for (const [place, set] of positions.sets.entries()) {
        sets.push(set);
        ends.push(positions.last.has(place) ? pattern : -1);
        follow.push(positions.follow[place]!.map((next) => next + base));
      }
      for (const place of positions.first) (positions.anchored ? anchored : firsts).push(place + base);
    });
    this.follow = follow;
    this.sets = sets;
    this.endOf = Int32Array.from(ends);
    this.firsts = firsts;
    this.anchored = anchored;
    const { classOf, classes } = byteClasses(patterns);
    this.classOf = classOf;
    this.classes = classes;
    this.stamps = new Int32Array(sets.length);
    this.endStamps = new Int32Array(patterns.length);
    this.table = new Uint16Array(16 * classes).fill(UNKNOWN);
    this.state('start', new Int32Array(0));
  }

  get isFull(): boolean {
    return this.states.size >= MAX_STATES;
  }

  /** False, and nothing found, when the text asks for too many states. */
  find(text: Uint8Array, length: number, found: number[]): boolean {
    const { classOf, classes, hasEnds } = this;
    const stamp = ++this.endStamp;
    const known = this.states.size;
    const begun = found.length;
    let { table } = this;
    let state = START;
    for (let i = 0; i < length; i++) {
      const byte = text[i]!;
      let next = table[state * classes + classOf[byte]!]!;
      if (next === UNKNOWN) {
        if (this.isFull || this.states.size - known > MAX_NEW_STATES) {
          found.length = begun;
          return false;
        }
        next = this.step(state, byte);
        ({ table } = this);
      }
      state = next;
      if (hasEnds[state] === 1) this.report(this.endsOf[state]!, stamp, found);
    }
    return true;
  }

  private report(ends: readonly number[], stamp: number, found: number[]): void {
    const { endStamps, patterns } = this;
    for (const end of ends) {
      if (endStamps[end] === stamp) continue;
      endStamps[end] = stamp;
      found.push(patterns[end]!.owner);
    }
  }

  private step(from: number, byte: number): number {
    const stamp = ++this.stamp;
    const { stamps, follow, sets } = this;
    const firsts = (this.firstsOf[byte] ??= this.firsts.filter((place) => sets[place]!.has(byte)));
    for (const place of firsts) stamps[place] = stamp;
    const reached = [...firsts];
    const reach = (places: readonly number[] | Int32Array): void => {
      for (const place of places) {
        if (stamps[place] === stamp || !sets[place]!.has(byte)) continue;
        stamps[place] = stamp;
        reached.push(place);
      }
    };
    if (from === START) reach(this.anchored);
    for (const place of this.positionsOf[from]!) reach(follow[place]!);
    const positions = Int32Array.from(reached).sort();
    const state = this.state(positions.join(), positions);
    this.table[from * this.classes + this.classOf[byte]!] = state;
    return state;
  }

  /** The state of these positions, made when there is none. */
  private state(key: string, positions: Int32Array): number {
    const known = this.states.get(key);
    if (known !== undefined) return known;
    const state = this.states.size;
    const ends = new Set<number>();
    for (const place of positions) {
      const end = this.endOf[place]!;
      if (end >= 0) ends.add(end);
    }
    this.states.set(key, state);
    this.positionsOf.push(positions);
    this.endsOf.push([...ends]);
    this.hasEnds[state] = Number(ends.size > 0);
    if ((state + 1) * this.classes > this.table.length) {
      const larger = new Uint16Array(2 * this.table.length).fill(UNKNOWN);
      larger.set(this.table);
      this.table = larger;
    }
    return state;
  }
}

/** Bytes that no set tells apart share a class. */
function byteClasses(patterns: readonly OwnedPositions[]): { classOf: Uint8Array; classes: number } {
  const classOf = new Uint8Array(256);
  let classes = 1;
  const seen = new Set<string>();
  for (const { positions } of patterns)
    for (const set of positions.sets) {
      if (seen.has(set.key)) continue;
      seen.add(set.key);
      // Those of a class that are in the set part from those that are not.
      const parted = new Map<number, number>();
      const stay = new Set<number>();
      for (let byte = 0; byte < 256; byte++) if (!set.has(byte)) stay.add(classOf[byte]!);
      for (let byte = 0; byte < 256 && classes < 256; byte++) {
        const current = classOf[byte]!;
        if (!set.has(byte) || !stay.has(current)) continue;
        let own = parted.get(current);
        if (own === undefined) {
          own = classes++;
          parted.set(current, own);
        }
        classOf[byte] = own;
      }
    }
  return { classOf, classes };
}
