import type { Authentication } from '../authentication/types.ts';
import type { Envelope } from '../message/envelope.ts';
import type { HeaderEdit, Message, Range } from '../message/types.ts';
import type { Resolver } from '../net/resolver.ts';
import type { Judgement } from './bayes/classify.ts';
import type { ClamdFinding } from './clamd/types.ts';
import type { FuzzyFinding } from './fuzzy/types.ts';
import type { Judge } from './model/types.ts';
import type { Standing } from './reputation/types.ts';
import type { RuleNetwork } from './rules/evals/types.ts';

/** What a check reports: data, never an act. Its score is found in the configuration by symbol. */
export interface CheckHit {
  /** UPPER_CASE, one of the check's own `symbols`. */
  symbol: string;
  /** The evidence, for a person: short, from the message or the reason. Logged, so no secrets and no bodies. */
  detail?: string;
  /** Where in the message's bytes the evidence is. */
  where?: Range;
  /** Multiplies the symbol's score, 0 to 1; default 1. */
  weight?: number;
  /**
   * The least that the settings want done with such a message, whatever its score; `filter.forced_actions` for the
   * symbol goes before it.
   */
  demands?: { action: Action; text: string };
}

/** A hit with its score. */
export interface Hit extends CheckHit {
  score: number;
}

/** What a check may read. Everything in it is shared by all checks and decoded once. */
export interface CheckContext {
  readonly message: Message;
  readonly envelope: Envelope;
  readonly authentication: Authentication;
  /** What was learned says of it; absent while that is too little. */
  readonly bayes?: Judgement;
  /** Asks the trained model; absent where there is none. */
  readonly model?: Judge;
  /** What clamd said of it; absent where it was not asked. */
  readonly clamd?: ClamdFinding;
  /** What was learned that the message has a copy of; absent where nobody was asked. */
  readonly fuzzy?: readonly FuzzyFinding[];
  /** What is known of who sent it; likewise. */
  readonly reputation?: readonly Standing[];
  /** Asks the DNS within what the message may ask; absent where nobody is to be asked. */
  readonly resolver?: Resolver;
  /** Answers rules that ask lists in the DNS; absent offline. */
  readonly ruleNetwork?: RuleNetwork;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** One file in `checks/`, registered in `checks/index.ts`. */
export interface Check {
  readonly name: string;
  /** Every symbol it can return, with its default score and what it means (shown by `tamis config print` and in docs). */
  readonly symbols: Readonly<Record<string, { score: number; description: string }>>;
  run(context: CheckContext): readonly CheckHit[] | Promise<readonly CheckHit[]>;
}

/** Mildest first: among several forced actions, or equal thresholds, the later one wins. */
export const ACTIONS = [
  'no action',
  'greylist',
  'add header',
  'rewrite subject',
  'quarantine',
  'soft reject',
  'reject',
  'discard',
] as const;

export type Action = (typeof ACTIONS)[number];

/** What the filter thinks of a message. Plain data: it crosses from worker to main thread. */
export interface Verdict {
  action: Action;
  score: number;
  /** Score from which a message counts as spam (threshold of `add header`). */
  required: number;
  spam: boolean;
  hits: Hit[];
  /** Text for a reject or soft reject, without codes. */
  text?: string;
  /** Authentication-Results, X-Spam-*; removal of forged ones; subject rewrite. */
  edits: HeaderEdit[];
  authenticationResults: string;
  /** What that field says, as data; absent where nothing was verified. */
  authentication?: Authentication;
  /** CPU and elapsed milliseconds the scan took. */
  cpu: number;
  elapsed: number;
}

export interface ScanRequest {
  /** Id of the message in the logs. */
  id: string;
  /** The whole message. Handed over without a copy when its buffer is a SharedArrayBuffer. */
  raw: Uint8Array;
  envelope: Envelope;
  /**
   * When the message came in, milliseconds since the epoch; default: now. What the checks of dates compare with, so
   * that old mail is judged as it was when it came.
   */
  received?: number;
  /** What clamd said of it, which the main thread asks. */
  clamd?: ClamdFinding;
}

/**
 * The scan could not be done. `busy`: queue full. `timeout`, `memory`, `crash`: a worker died of this message
 * (twice, for `crash`). `closing`: shutting down. The server answers 4xx, or what `filter.fail_action` says.
 */
export class ScanError extends Error {
  readonly reason: 'busy' | 'timeout' | 'memory' | 'crash' | 'closing';
  constructor(reason: 'busy' | 'timeout' | 'memory' | 'crash' | 'closing', message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface Scanner {
  /** Rejects with {@link ScanError} only. */
  scan(request: ScanRequest): Promise<Verdict>;
  /** Waits for the scans in flight, then ends. */
  close(): Promise<void>;
}
