/** What `tamis eval` works on: messages whose class is known, what an engine says of them, and engines. */

export type Label = 'ham' | 'spam';

/** A row of an index. */
export interface LabelledMessage {
  /** As the index has it: how reports name the message. */
  readonly name: string;
  /** The file. */
  readonly path: string;
  /** `phish` of an index counts as spam. */
  readonly label: Label;
  readonly source: string;
  /** Near-duplicates share one; '' when the index says nothing. */
  readonly group: string;
  readonly split: string;
  /** Milliseconds since the epoch, of the column `received`; the message's own header is asked where it is absent. */
  readonly received: number | undefined;
}

/** A symbol an engine gave. */
export interface JudgedHit {
  readonly symbol: string;
  readonly score: number;
  /** The part of the symbol's score it was given, 0 to 1; absent: all of it. */
  readonly weight?: number;
}

/** What an engine says of a message. */
export interface Judgement {
  /** The higher, the more like spam; in points of the engine's own. */
  readonly score: number;
  /** Whether the engine as it ships would file it as spam. */
  readonly spam: boolean;
  readonly action: string;
  readonly hits: readonly JudgedHit[];
  /** CPU milliseconds of this message, where the engine tells. */
  readonly cpu?: number;
}

/** A message with its judgement, or with the reason why there is none. */
export interface Outcome {
  readonly message: LabelledMessage;
  readonly judgement: Judgement | undefined;
  readonly fault?: string;
}

/** A filter under test. One at a time is open; all of them work offline. */
export interface Engine {
  readonly name: string;
  readonly version: string | undefined;
  /** Score from which the engine counts a message as spam. */
  readonly required: number;
  /** Messages it may be asked about at once. */
  readonly width: number;
  /** Learns messages of both classes, before or between judgements. */
  learn(messages: readonly LabelledMessage[], advance: () => void): Promise<void>;
  /** Rejects with an `Error` that says why there is no judgement. */
  judge(message: LabelledMessage): Promise<Judgement>;
  /** CPU milliseconds used so far, all processes and threads of the engine counted; 0 where the system does not tell. */
  cpu(): number;
  /** Ends what it started and removes what it wrote. */
  close(): Promise<void>;
}
