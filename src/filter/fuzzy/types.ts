/**
 * As what something was learned: `deny` by a person as spam, `probable` by a trap, `white` by a person as ham. The order
 * is that of the counts in the store.
 */
export const FUZZY_KINDS = ['deny', 'probable', 'white'] as const;

export type FuzzyKind = (typeof FUZZY_KINDS)[number];

/** What of a message is compared. Plain data: it crosses from worker to main thread. */
export interface Fingerprint {
  /** The least hash of each of {@link SIGNATURE} hash functions over the shingles; absent for a short text. */
  signature?: Uint32Array;
  /** Digests of the attached files, 11 characters each, without doubles. */
  files: { digest: string; name: string }[];
}

/** Something learned that the message has a copy of. */
export interface FuzzyFinding {
  kind: FuzzyKind;
  /** Messages it was learned from. */
  count: number;
  /** Share of the shingles in common, 0 to 1; 1 for a file. */
  similarity: number;
  /** Name of the file; absent for the text. */
  file?: string;
}

/** Hash functions of a signature: a similarity of one half is told to within a tenth. */
export const SIGNATURE = 32;
