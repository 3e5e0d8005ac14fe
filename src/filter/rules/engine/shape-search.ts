/**
 * Tells which of many patterns may match a text: their automata, some of them side by side in each pass, made
 * deterministic as the text asks for it. Side by side their states multiply; where they become too many the patterns
 * are parted, until one that has too many alone is left to be run. States are kept for the next text.
 */
import type { Positions } from '../types.ts';
import { NumberSets } from './number-sets.ts';
import { mayStand, setsOf } from './positions.ts';

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

/** More than any stamp. */
const TOLD = 0x7fffffff;

/** Of most states. */
const NO_ENDS: readonly number[] = [];

class Automaton {
  readonly patterns: readonly OwnedPositions[];
  /** By pattern: the number of its first position among those of all. */
  private readonly bases: readonly number[];
  /** By position: its pattern. */
  private readonly patternOf: Uint8Array;
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
  /** A state is the number of the set of positions that were just matched. */
  private readonly states = new NumberSets();
  /** By state: places among the patterns of those that are matched to their end. */
  private readonly endsOf: (readonly number[])[] = [];
  /** By state: the stamp of the text that was told of its ends; {@link TOLD} where there are none. */
  private told = new Int32Array(16).fill(TOLD);
  /** By state and class of the byte: the next state. */
  private table: Uint16Array;

  constructor(patterns: readonly OwnedPositions[]) {
    this.patterns = patterns;
    const bases: number[] = [];
    const firsts: number[] = [];
    const anchored: number[] = [];
    let size = 0;
    for (const { positions } of patterns) {
      bases.push(size);
      for (const place of positions.first) (positions.anchored ? anchored : firsts).push(size + place);
      size += positions.setOf.length;
    }
    this.bases = bases;
    this.patternOf = new Uint8Array(size);
    bases.forEach((base, pattern) => this.patternOf.fill(pattern, base));
    this.firsts = firsts;
    this.anchored = anchored;
    const { classOf, classes } = byteClasses(patterns);
    this.classOf = classOf;
    this.classes = classes;
    this.stamps = new Int32Array(size);
    this.endStamps = new Int32Array(patterns.length);
    this.table = new Uint16Array(16 * classes).fill(UNKNOWN);
    // No position was matched yet, which is not the same as that none was matched just now.
    this.states.add(Int32Array.of(size));
    this.endsOf.push(NO_ENDS);
  }

  get isFull(): boolean {
    return this.states.size >= MAX_STATES;
  }

  /** False, and nothing found, when the text asks for too many states. */
  find(text: Uint8Array, length: number, found: number[]): boolean {
    const { classOf, classes } = this;
    if (this.endStamp === TOLD - 1) this.forget();
    const stamp = ++this.endStamp;
    const known = this.states.size;
    const begun = found.length;
    let { table, told } = this;
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
        ({ table, told } = this);
      }
      state = next;
      if (told[state]! >= stamp) continue;
      told[state] = stamp;
      this.report(this.endsOf[state]!, stamp, found);
    }
    return true;
  }

  /** Begins to count stamps anew. */
  private forget(): void {
    this.endStamp = 0;
    this.endStamps.fill(0);
    this.told = this.told.map((stamp) => (stamp === TOLD ? TOLD : 0));
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
    const { stamps, patterns, patternOf, bases } = this;
    const stamp = ++this.stamp;
    const reached: number[] = [];
    const stand = (place: number): boolean => {
      const pattern = patternOf[place]!;
      return mayStand(patterns[pattern]!.positions, place - bases[pattern]!, byte);
    };
    const reach = (place: number): void => {
      stamps[place] = stamp;
      reached.push(place);
    };
    (this.firstsOf[byte] ??= this.firsts.filter(stand)).forEach(reach);
    if (from === START) this.anchored.filter(stand).forEach(reach);
    for (const place of from === START ? [] : this.states.numbers(from)) {
      const pattern = patternOf[place]!;
      const base = bases[pattern]!;
      const { positions } = patterns[pattern]!;
      const { offsets, follow } = positions;
      const end = offsets[place - base + 1]!;
      for (let i = offsets[place - base]!; i < end; i++) {
        const next = follow[i]!;
        if (stamps[base + next] !== stamp && mayStand(positions, next, byte)) reach(base + next);
      }
    }
    const state = this.state(Int32Array.from(reached).sort());
    this.table[from * this.classes + this.classOf[byte]!] = state;
    return state;
  }

  /** The state of these positions, made when there is none. */
  private state(positions: Int32Array): number {
    const known = this.states.size;
    const state = this.states.add(positions);
    if (state < known) return state;
    const ends = new Set<number>();
    for (const place of positions) {
      const pattern = this.patternOf[place]!;
      if (this.patterns[pattern]!.positions.ends[place - this.bases[pattern]!] === 1) ends.add(pattern);
    }
    this.endsOf.push(ends.size === 0 ? NO_ENDS : [...ends]);
    if (state === this.told.length) {
      const longer = new Int32Array(2 * state).fill(TOLD);
      longer.set(this.told);
      this.told = longer;
    }
    if (ends.size > 0) this.told[state] = 0;
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
    for (const set of setsOf(positions)) {
      const key = set.join();
      if (seen.has(key)) continue;
      seen.add(key);
      const has = (byte: number): boolean => ((set[byte >> 4]! >> (byte & 15)) & 1) === 1;
      // Those of a class that are in the set part from those that are not.
      const parted = new Map<number, number>();
      const stay = new Set<number>();
      for (let byte = 0; byte < 256; byte++) if (!has(byte)) stay.add(classOf[byte]!);
      for (let byte = 0; byte < 256 && classes < 256; byte++) {
        const current = classOf[byte]!;
        if (!has(byte) || !stay.has(current)) continue;
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
