import type { SearchTerm } from '../../../store/search/types.ts';
import type { NumberRanges } from './number-ranges.ts';

/** A search program as a tree (RFC 9051 §6.4.4). Several keys in a row are an `and`. */
export type SearchKey =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly keys: readonly SearchKey[] }
  | { readonly kind: 'not'; readonly key: SearchKey }
  | { readonly kind: 'sequence' | 'uid'; readonly ranges: NumberRanges }
  | { readonly kind: 'saved'; readonly uids: ReadonlySet<number> }
  /** `bit` of `SystemFlag`. */
  | { readonly kind: 'flag'; readonly bit: number }
  /** In lower case. */
  | { readonly kind: 'keyword'; readonly keyword: string }
  | { readonly kind: 'recent' }
  /** `from` on and before `to`. */
  | { readonly kind: 'number'; readonly field: NumberField; readonly from: number; readonly to: number }
  | { readonly kind: 'id'; readonly field: 'emailId' | 'threadId'; readonly id: string }
  /** `SearchProgram.terms[term]`. */
  | { readonly kind: 'term'; readonly term: number }
  /** RFC 6203: the text as it is, or all of its words. */
  | { readonly kind: 'fuzzy'; readonly exact: SearchKey; readonly words: SearchKey };

export type NumberField = 'internalDate' | 'saveDate' | 'size' | 'modseq';

export interface SearchProgram {
  readonly key: SearchKey;
  /** What is looked for in texts, and days of Date fields, each once. */
  readonly terms: readonly SearchTerm[];
  /** Whether flags, dates and sizes are asked for. */
  readonly usesFacts: boolean;
  /** RFC 7162 §3.1.5: the answer tells the highest of the messages found. */
  readonly usesModseq: boolean;
}

/** What is known of a message so far. */
export interface Known {
  uid: number;
  /** 0 where there are no numbers. */
  sequence: number;
  facts: Facts | undefined;
  /** Whether it holds, for each term; undefined: not known. */
  terms: readonly (boolean | undefined)[];
}

export interface Facts {
  readonly system: number;
  readonly keywords: string;
  readonly internalDate: number;
  readonly saveDate: number;
  readonly size: number;
  readonly modseq: number;
  readonly emailId: string;
  readonly threadId: string;
}

/** Whether sizes or ids are asked for, which only the files tell. */
export function asksFiles(key: SearchKey): boolean {
  if (key.kind === 'and' || key.kind === 'or') return key.keys.some(asksFiles);
  if (key.kind === 'not') return asksFiles(key.key);
  return key.kind === 'id' || (key.kind === 'number' && key.field === 'size');
}

/** Whether the number of a message, or who was told of it, tells something about a key. */
export function asksNumbers(key: SearchKey): boolean {
  switch (key.kind) {
    case 'and':
    case 'or':
      return key.keys.some(asksNumbers);
    case 'not':
      return asksNumbers(key.key);
    case 'fuzzy':
      return asksNumbers(key.exact) || asksNumbers(key.words);
    default:
      return ['all', 'sequence', 'uid', 'saved', 'recent'].includes(key.kind);
  }
}

type IsRecent = (uid: number) => boolean;

/** Whether the key is true of the message; undefined when what is known does not tell. */
export function truth(key: SearchKey, known: Known, isRecent: IsRecent): boolean | undefined {
  switch (key.kind) {
    case 'all':
      return true;
    case 'and':
    case 'or': {
      const decisive = key.kind === 'or';
      let result: boolean | undefined = !decisive;
      for (const one of key.keys) {
        const value = truth(one, known, isRecent);
        if (value === decisive) return decisive;
        if (value === undefined) result = undefined;
      }
      return result;
    }
    case 'not': {
      const value = truth(key.key, known, isRecent);
      return value === undefined ? undefined : !value;
    }
    case 'sequence':
      return key.ranges.has(known.sequence);
    case 'uid':
      return key.ranges.has(known.uid);
    case 'saved':
      return key.uids.has(known.uid);
    case 'recent':
      return isRecent(known.uid);
    case 'term':
      return known.terms[key.term];
    case 'fuzzy':
      return truth({ kind: 'or', keys: [key.exact, key.words] }, known, isRecent);
    default:
      return known.facts && ofFacts(key, known.facts);
  }
}

function ofFacts(
  key: Extract<SearchKey, { kind: 'flag' | 'keyword' | 'number' | 'id' }>,
  facts: Facts,
): boolean {
  switch (key.kind) {
    case 'flag':
      return (facts.system & key.bit) !== 0;
    case 'keyword':
      return facts.keywords !== '' && facts.keywords.toLowerCase().split(' ').includes(key.keyword);
    case 'number':
      return facts[key.field] >= key.from && facts[key.field] < key.to;
    default:
      return facts[key.field] === key.id;
  }
}

/**
 * How well a message fits the FUZZY keys of a program, 1 to 100 (RFC 6203 §4): 100 where the text stands there as it is,
 * 50 where its words do; the mean of several. 100 for programs without FUZZY.
 */
export function relevancy(key: SearchKey, known: Known, isRecent: IsRecent): number {
  const scores: number[] = [];
  collect(key);
  return scores.length === 0
    ? 100
    : Math.max(1, Math.round(scores.reduce((sum, one) => sum + one) / scores.length));

  function collect(one: SearchKey): void {
    if (one.kind === 'and' || one.kind === 'or') one.keys.forEach(collect);
    else if (one.kind === 'fuzzy') {
      if (truth(one.exact, known, isRecent) === true) scores.push(100);
      else scores.push(truth(one.words, known, isRecent) === true ? 50 : 0);
    }
  }
}
