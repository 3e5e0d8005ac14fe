import { find, type Needle, needle, searchCost } from './search.ts';

/**
 * Patterns of `:matches` (RFC 5228 §2.7.1): `*` stands for any characters, `?` for one, and a backslash takes the
 * meaning from what follows it. A pattern is cut at its stars; the first piece must begin the value, the last must
 * end it, and those between are looked for from left to right, each at its first place. That needs no going back:
 * the time is bounded by the length of the value times the length of the longest piece with a `?`, and is linear
 * without one. It also gives each star the shortest text from the left, as RFC 5229 §3.2 wants it.
 */
export interface Pattern {
  readonly pieces: readonly Piece[];
  /** There is a `?`: what counts as one character matters. */
  readonly single: boolean;
  /** Characters of the longest piece between two stars, of those with a `?` and of those without. */
  readonly longestWild: number;
  readonly longestPlain: number;
}

interface Piece extends Needle {
  /** Indexes of `?` in `text`, where any character may stand. */
  readonly wild: readonly number[];
}

function newPiece(key: string, wild: readonly number[]): Piece {
  const { text, failure } = needle(key);
  return { text, failure, wild };
}

/** What is no wildcard is folded: that may make other signs of it, which then are none. */
export function parsePattern(source: string, fold: (text: string) => string): Pattern {
  const pieces: Piece[] = [];
  let text = '';
  let run = '';
  let wild: number[] = [];
  const endRun = (): void => {
    if (run !== '') text += fold(run);
    run = '';
  };
  for (let at = 0; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === '*') {
      endRun();
      pieces.push(newPiece(text, wild));
      text = '';
      wild = [];
    } else if (character === '?') {
      endRun();
      wild.push(text.length);
      text += '?';
    } else if (character === '\\' && at + 1 < source.length) run += source.charAt(++at);
    else run += character;
  }
  endRun();
  pieces.push(newPiece(text, wild));
  const pattern = { pieces, single: false, longestWild: 0, longestPlain: 0 };
  for (const [index, piece] of pieces.entries()) {
    const wildPiece = piece.wild.length > 0;
    if (wildPiece) pattern.single = true;
    if (index === 0 || index === pieces.length - 1) continue;
    const longest = wildPiece ? 'longestWild' : 'longestPlain';
    pattern[longest] = Math.max(pattern[longest], piece.text.length);
  }
  return pattern;
}

/**
 * Where each piece stands in the value, or undefined when the pattern does not match. Both are folded already.
 */
export function matchPattern({ pieces }: Pattern, value: string): readonly number[] | undefined {
  const [first] = pieces;
  const last = pieces.at(-1);
  if (first === undefined || last === undefined) return undefined;
  if (pieces.length === 1)
    return value.length === first.text.length && standsAt(first, value, 0) ? [0] : undefined;
  const end = value.length - last.text.length;
  if (end < first.text.length || !standsAt(first, value, 0) || !standsAt(last, value, end)) return undefined;
  const places = [0];
  let at = first.text.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = findPiece(piece, value, at, end);
    if (found === -1) return undefined;
    places.push(found);
    at = found + piece.text.length;
  }
  places.push(end);
  return places;
}

/** Work of {@link matchPattern} at the most, in units of `SieveLimits.steps`. */
export function patternCost({ pieces, longestWild, longestPlain }: Pattern, valueLength: number): number {
  // The first and the last piece are looked for in one place only.
  if (pieces.length < 3) return 1;
  // A piece with a `?` is compared in each place, one character at a time.
  return searchCost(longestPlain, valueLength) + Math.floor((valueLength * longestWild) / 128);
}

/**
 * What the wildcards stand for, in their order (RFC 5229 §3.2). `slice` gives what stands between two places of the
 * folded value as it was before.
 */
export function wildcards(
  { pieces }: Pattern,
  places: readonly number[],
  slice: (start: number, end: number) => string,
): string[] {
  const found: string[] = [];
  let at = 0;
  for (const [index, { text, wild }] of pieces.entries()) {
    const place = places[index] ?? 0;
    if (index > 0) found.push(slice(at, place));
    for (const offset of wild) found.push(slice(place + offset, place + offset + 1));
    at = place + text.length;
  }
  return found;
}

function standsAt({ text, wild }: Piece, value: string, at: number): boolean {
  if (wild.length === 0) return value.startsWith(text, at);
  let next = 0;
  for (let offset = 0; offset < text.length; offset++) {
    if (wild[next] === offset) next++;
    else if (value.charCodeAt(at + offset) !== text.charCodeAt(offset)) return false;
  }
  return true;
}

/** First place of the piece from `from` on that ends before `end`; -1 when there is none. */
function findPiece(piece: Piece, value: string, from: number, end: number): number {
  const last = end - piece.text.length;
  if (piece.wild.length === 0) {
    const found = find(piece, value, from);
    return found > last ? -1 : found;
  }
  for (let at = from; at <= last; at++) if (standsAt(piece, value, at)) return at;
  return -1;
}
