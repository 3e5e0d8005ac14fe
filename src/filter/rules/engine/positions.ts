/**
 * Patterns as automata (Glushkov, 1961): positions, each a set of bytes, and which may follow which. What looks around,
 * anchors and references are left out, and counts are made coarser: an automaton accepts whatever its pattern matches,
 * and more, as it looks at the first bytes alone. It tells which patterns need not run.
 */
import { ANY, type ByteSet } from '../regex/bytes.ts';
import type { Node } from '../regex/syntax.ts';
import type { Positions } from '../types.ts';

/** Positions of one pattern; of a larger one the beginning is taken, which tells nearly as much. */
const MAX_POSITIONS = 5000;
/** Followers of one pattern, over all positions: likewise. */
const MAX_FOLLOWERS = 50_000;
/** Repetitions that are spelt out, of one byte and of more. */
const MAX_BYTE_COPIES = 6;
const MAX_COPIES = 2;
/** Bytes of a match that are looked at: further ones tell little, and cost states. Fewer of what is large. */
const DEPTHS = [8, 6, 5, 4, 3, 2] as const;
/** More of what is small: a row of letters, then one of spaces, says little by its first bytes. */
const SMALL_DEPTH = 20;
const SMALL_POSITIONS = 24;

/** Words of 16 bits in which a set of bytes is written down. */
const SET_WORDS = 16;

/** An automaton as it is made; {@link Positions} is what is kept of it. */
interface Automaton {
  readonly sets: readonly ByteSet[];
  readonly follow: readonly (readonly number[])[];
  readonly first: readonly number[];
  readonly last: ReadonlySet<number>;
}

interface Piece {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly nullable: boolean;
  /** Bytes it matches at least. */
  readonly min: number;
}

const EMPTY: Piece = { first: [], last: [], nullable: true, min: 0 };

const optional = (piece: Piece): Piece => ({ ...piece, nullable: true, min: 0 });

class TooLarge extends Error {}

/**
 * Undefined for patterns that match the empty text, and for those that are too large from the first bytes on. Of others
 * the beginning is taken: whatever holds a match of a pattern holds one of its beginning.
 */
export function positionsOf(root: Node): Positions | undefined {
  const head = root.kind === 'sequence' ? root.items[0] : root;
  const anchored = head?.kind === 'anchor' && head.at === 'start';
  for (const depth of [SMALL_DEPTH, ...DEPTHS]) {
    const builder = new Builder(depth);
    try {
      const { first, last, nullable } = builder.build(root);
      if (nullable) return undefined;
      if (depth === SMALL_DEPTH && builder.sets.length > SMALL_POSITIONS) continue;
      const whole = {
        sets: builder.sets,
        follow: builder.follow.map((places) => [...places]),
        first,
        last: new Set([...last, ...builder.cut]),
      };
      return flat(beginning(whole, depth), anchored);
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
    }
  }
  return undefined;
}

/** The same for the first bytes of a match. */
function beginning({ sets, follow, first, last }: Automaton, most: number): Automaton {
  const places = [...first];
  const order = new Map(places.map((place, index) => [place, index]));
  let depth = 1;
  let layerEnd = places.length;
  const followers: number[][] = [];
  const ends = new Set<number>();
  const numbered = (place: number): number => {
    const known = order.get(place);
    if (known !== undefined) return known;
    order.set(place, places.length);
    return places.push(place) - 1;
  };
  for (let at = 0; at < places.length; at++) {
    if (at === layerEnd) {
      layerEnd = places.length;
      depth++;
    }
    const place = places[at]!;
    const isEnd = depth >= most || last.has(place);
    if (isEnd) ends.add(at);
    followers.push(isEnd ? [] : follow[place]!.map(numbered));
  }
  return {
    sets: places.map((place) => sets[place]!),
    follow: followers,
    first: first.map(numbered),
    last: ends,
  };
}

/** Numbers all fit into 16 bits: {@link MAX_POSITIONS} and {@link MAX_FOLLOWERS} see to it. */
function flat({ sets, follow, first, last }: Automaton, anchored: boolean): Positions {
  const numbers = new Map<string, number>();
  const setOf = Uint16Array.from(sets, (set) => {
    const { key } = set;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  });
  const bits = new Uint16Array(numbers.size * SET_WORDS);
  const written = new Set<number>();
  sets.forEach((set, place) => {
    const number = setOf[place]!;
    if (written.has(number)) return;
    written.add(number);
    for (const byte of set.list()) bits[number * SET_WORDS + (byte >> 4)]! |= 1 << (byte & 15);
  });
  const offsets = new Uint16Array(follow.length + 1);
  follow.forEach((places, place) => (offsets[place + 1] = offsets[place]! + places.length));
  return {
    setOf,
    sets: bits,
    follow: Uint16Array.from(follow.flat()),
    offsets,
    first: Uint16Array.from(first),
    ends: Uint16Array.from(sets, (_, place) => Number(last.has(place))),
    anchored,
  };
}

/** Whether a byte may stand at a position. */
export const mayStand = ({ setOf, sets }: Positions, place: number, byte: number): boolean =>
  ((sets[setOf[place]! * SET_WORDS + (byte >> 4)]! >> (byte & 15)) & 1) === 1;

/** The sets of bytes of all positions, each once, as numbers of 16 bits. */
export const setsOf = ({ sets }: Positions): Uint16Array[] =>
  Array.from({ length: sets.length / SET_WORDS }, (_, set) =>
    sets.subarray(set * SET_WORDS, (set + 1) * SET_WORDS),
  );

class Builder {
  readonly sets: ByteSet[] = [];
  readonly follow: Set<number>[] = [];
  /** Where sequences were cut: what comes behind may be anything. */
  readonly cut: number[] = [];
  private readonly depth: number;
  private followers = 0;

  constructor(depth: number) {
    this.depth = depth;
  }

  build(node: Node): Piece {
    switch (node.kind) {
      case 'set':
        return this.position(node.set);
      case 'sequence':
        return this.sequence(node.items.map((item) => () => this.build(item)));
      case 'alternation': {
        const branches = node.branches.map((branch) => this.build(branch));
        return {
          first: branches.flatMap(({ first }) => first),
          last: branches.flatMap(({ last }) => last),
          nullable: branches.some(({ nullable }) => nullable),
          min: Math.min(...branches.map(({ min }) => min)),
        };
      }
      case 'capture':
      case 'atomic':
        return this.build(node.body);
      case 'look':
      case 'anchor':
        return EMPTY;
      case 'reference':
        return optional(this.looped(this.position(ANY)));
      case 'repeat':
        return this.repeat(node);
    }
  }

  private position(set: ByteSet): Piece {
    if (this.sets.length >= MAX_POSITIONS) throw new TooLarge();
    const place = this.sets.push(set) - 1;
    this.follow.push(new Set());
    return { first: [place], last: [place], nullable: false, min: 1 };
  }

  private connect(from: readonly number[], to: readonly number[]): void {
    this.followers += from.length * to.length;
    if (this.followers > MAX_FOLLOWERS) throw new TooLarge();
    for (const place of from) {
      const followers = this.follow[place];
      for (const next of to) followers?.add(next);
    }
  }

  private sequence(items: readonly (() => Piece)[]): Piece {
    let whole = EMPTY;
    for (const item of items) {
      // Nothing follows what was cut.
      if (!whole.nullable && whole.last.length === 0) break;
      if (whole.min >= this.depth) {
        this.cut.push(...whole.last);
        return { ...whole, last: [] };
      }
      const piece = item();
      this.connect(whole.last, piece.first);
      whole = {
        first: whole.nullable ? [...whole.first, ...piece.first] : whole.first,
        last: piece.nullable ? [...whole.last, ...piece.last] : piece.last,
        nullable: whole.nullable && piece.nullable,
        min: whole.min + piece.min,
      };
    }
    return whole;
  }

  private looped(piece: Piece): Piece {
    this.connect(piece.last, piece.first);
    return piece;
  }

  private repeat({ body, min, max }: Extract<Node, { kind: 'repeat' }>): Piece {
    if (max === 0) return EMPTY;
    const most = body.kind === 'set' ? MAX_BYTE_COPIES : MAX_COPIES;
    const needed = Math.min(min, most);
    const once = () => this.build(body);
    const many = () => this.looped(once());
    // The last copy stands for all that are not spelt out.
    if (max > needed + 1 || min > needed)
      return needed === 0
        ? optional(many())
        : this.sequence([...Array.from({ length: needed - 1 }, () => once), many]);
    const copies = Array.from({ length: needed }, () => once);
    return this.sequence(max > needed ? [...copies, () => optional(once())] : copies);
  }
}
