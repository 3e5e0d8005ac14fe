/** Settings of the fuzzy hashes, with their defaults and the reason of each. */
export interface FuzzySettings {
  /** Whether messages are compared with what was learned. */
  enabled: boolean;
  /** Words a text must have to be compared. */
  minimumWords: number;
  /** Share of shingles two texts must have in common to count as copies, 0 to 1. */
  similarity: number;
  /** Octets from which an attached file counts. */
  fileBytes: number;
  /** Octets from which a picture counts. */
  imageBytes: number;
  /** Seconds after which what was learned is forgotten, unless it is learned again. */
  expire: number;
  /** Texts and files learned within {@link expire}; more are not learned. */
  entries: number;
  /** Milliseconds a scan waits for an answer before it goes on without. */
  timeout: number;
  /** Addresses nobody writes to who is asked to: mail for them alone is learned as probable spam. */
  traps: string[];
}

export const defaultFuzzySettings: FuzzySettings = {
  // Nothing is asked until something is learned.
  enabled: true,
  // Twenty words have eighteen shingles: of fewer a single other word changes a sixth.
  minimumWords: 20,
  // Four words of a hundred changed leave four fifths; of unrelated texts with a common footer hardly a third agrees.
  similarity: 0.5,
  // Below lie empty files, signatures and cards that thousands of messages share.
  fileBytes: 1024,
  // Below lie the logos and lines of newsletters and footers.
  imageBytes: 8192,
  // A campaign lasts days, a template some months.
  expire: 180 * 86_400,
  // Some 2 KB each: 200 MB.
  entries: 100_000,
  // The embedded state answers in one, a server in the same building in a few.
  timeout: 500,
  // Only the administrator knows which they are.
  traps: [],
};
