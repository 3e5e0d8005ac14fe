/**
 * Patterns as automata (Glushkov, 1961): positions, each a set of bytes, and which may follow which. What looks around,
 * anchors and references are left out, and counts are made coarser: an automaton accepts whatever its pattern matches,
 * and more. It tells which patterns need not run.
 */
import { ANY, type ByteSet } from '../regex/bytes.ts';
import type { Node } from '../regex/syntax.ts';

/** Positions of one pattern; the largest of the stock rules has 3,000. */
const MAX_POSITIONS = 6000;
/** Followers of one pattern, over all positions. */
const MAX_FOLLOWERS = 400_000;
/** Repetitions that are spelt out, of one byte and of more. */
const MAX_BYTE_COPIES = 6;
const MAX_COPIES = 2;

export interface Positions {
  readonly sets: readonly ByteSet[];
  readonly follow: readonly Int32Array[];
  readonly first: readonly number[];
  readonly last: ReadonlySet<number>;
  /** A match begins at the start of the text. */
  readonly anchored: boolean;
}

interface Piece {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly nullable: boolean;
}

const EMPTY: Piece = { first: [], last: [], nullable: true };

class TooLarge extends Error {}

/** Undefined for patterns that match the empty text, and for those that are too large. */
export function positionsOf(root: Node): Positions | undefined {
  const builder = new Builder();
  try {
    const { first, last, nullable } = builder.build(root);
    if (nullable) return undefined;
    const head = root.kind === 'sequence' ? root.items[0] : root;
    const anchored = head?.kind === 'anchor' && head.at === 'start';
    return {
      sets: builder.sets,
      follow: builder.follow.map((places) => Int32Array.from(places)),
      first,
      last: new Set(last),
      anchored,
    };
  } catch (error) {
    if (error instanceof TooLarge) return undefined;
    throw error;
  }
}

class Builder {
  readonly sets: ByteSet[] = [];
  readonly follow: Set<number>[] = [];
  private followers = 0;

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
        };
      }
      case 'capture':
      case 'atomic':
        return this.build(node.body);
      case 'look':
      case 'anchor':
        return EMPTY;
      case 'reference':
        return { ...this.looped(this.position(ANY)), nullable: true };
      case 'repeat':
        return this.repeat(node);
    }
  }

  private position(set: ByteSet): Piece {
    if (this.sets.length >= MAX_POSITIONS) throw new TooLarge();
    const place = this.sets.push(set) - 1;
    this.follow.push(new Set());
    return { first: [place], last: [place], nullable: false };
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
      const piece = item();
      this.connect(whole.last, piece.first);
      whole = {
        first: whole.nullable ? [...whole.first, ...piece.first] : whole.first,
        last: piece.nullable ? [...whole.last, ...piece.last] : piece.last,
        nullable: whole.nullable && piece.nullable,
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
    const optional = () => ({ ...once(), nullable: true });
    const many = () => this.looped(once());
    // The last copy stands for all that are not spelt out.
    if (max > needed + 1 || min > needed)
      return needed === 0
        ? { ...many(), nullable: true }
        : this.sequence([...Array.from({ length: needed - 1 }, () => once), many]);
    const copies = Array.from({ length: needed }, () => once);
    return this.sequence(max > needed ? [...copies, optional] : copies);
  }
}
