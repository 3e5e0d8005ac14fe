import { ByteSet, NONE, POSIX } from './bytes.ts';
import { classEscape, oneByte, readCharacterEscape } from './escapes.ts';
import type { Scanner } from './scanner.ts';
import { PatternError } from './syntax.ts';

/** How case is folded, if it is: before a class is negated. */
export type Fold = (set: ByteSet) => ByteSet;

/** Reads a bracketed class, its `[` being taken. `skipBlanks`: of `/xx`. */
export function readClass(input: Scanner, skipBlanks: boolean, fold: Fold): ByteSet {
  const negated = input.take('^');
  let set = NONE;
  let first = true;
  for (;;) {
    if (input.isAtEnd) throw new PatternError('unmatched [');
    if (skipBlanks && input.takeAny(' \t') !== undefined) continue;
    if (!first && input.take(']')) break;
    first = false;
    const low = member(input, fold);
    set = set.union(low.set);
    if (low.code === undefined || input.peek !== '-' || input.following === ']') continue;
    input.next();
    const high = member(input, fold);
    if (high.code === undefined) {
      set = set.union(high.set).union(ByteSet.from('-'));
      continue;
    }
    if (high.code < low.code) throw new PatternError('range in a class that runs backwards');
    set = set.union(ByteSet.range(low.code, high.code));
  }
  const folded = fold(set);
  return negated ? folded.complement() : folded;
}

interface Member {
  readonly set: ByteSet;
  /** Of a single character: it may begin or end a range. */
  readonly code?: number;
}

function member(input: Scanner, fold: Fold): Member {
  const posix = input.match(/\[:\^?[a-z]+:\]/y);
  if (posix !== undefined) {
    const name = posix.slice(2, -2);
    const set = POSIX.get(name.replace('^', ''));
    if (set === undefined) throw new PatternError(`class ${posix} is not known`);
    return { set: name.startsWith('^') ? fold(set).complement() : set };
  }
  if (input.match(/\[[.=][^\]]*[.=]\]/y) !== undefined)
    throw new PatternError('collating classes are not supported');
  if (input.peek !== '\\') return single(input.next().charCodeAt(0));
  input.next();
  if (input.take('b')) return single(8);
  if (input.take('E') || input.take('Q')) return { set: NONE };
  const set = classEscape(input, fold);
  return set === undefined ? single(readCharacterEscape(input)) : { set };
}

const single = (code: number): Member => ({ set: oneByte(code), code });
