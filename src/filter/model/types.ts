/** What the model reads of a message, what it consists of, and what it answers. */

/** Kinds of features. A kind counts as the sum of its known features' weights, divided by the root of their number. */
export const KINDS = [
  'subject',
  'words',
  'pairs',
  'runs',
  'links',
  'header',
  'structure',
  'crosses',
] as const;

export type Kind = (typeof KINDS)[number];

/**
 * Changes whenever the same message gives other features: a model of another version was trained on something else and
 * is refused.
 */
export const FEATURES_VERSION = 1;

/** Features of a message: hashes without doubles, those of a kind together, in the order of {@link KINDS}. */
export interface Features {
  readonly hashes: Int32Array;
  /** Index after the last feature of each kind. */
  readonly ends: readonly number[];
}

/**
 * A trained model. A hash belongs to one slot (its low bits); the slot holds the mark (its high bits) of the one hash it
 * stands for, so that features never seen in training count as nothing.
 */
export interface Model {
  /** Weight by slot; the number of slots is a power of two. */
  readonly weights: Float32Array;
  /** Mark by slot, -1 where the slot is empty. */
  readonly marks: Int16Array;
  readonly bias: number;
  /** Calibration: the probability is the logistic function of `slope · sum + intercept`. */
  readonly slope: number;
  readonly intercept: number;
  /** Of the file, for logs and the card: text to text. */
  readonly properties: ReadonlyMap<string, string>;
}

/** What a model thinks of a message. */
export interface Judgement {
  /** That it is spam, 0 to 1. */
  readonly probability: number;
  /** What each kind of {@link KINDS} contributed to the sum, before calibration; positive is spam. */
  readonly kinds: readonly number[];
}

/** Judges features: on this thread, or elsewhere. Never rejects: who cannot be asked is replaced. */
export type Judge = (features: Features) => Judgement | Promise<Judgement>;

/** What a scanner is given of a model: plain data, its tables in shared memory. */
export interface ModelMaterial {
  readonly model: Model;
  /** To ask the thread of onnxruntime by; absent: evaluated where it is asked. */
  readonly mailbox?: SharedArrayBuffer;
}
