import type { Envelope } from '../message/envelope.ts';
import type { Message } from '../message/types.ts';
import type { SieveLimits } from './limits.ts';
import type { RunEnd } from './state.ts';

/** A fault in a script: `name: line N: error: text`. Lines and columns count from 1; the column in characters. */
export interface SieveDiagnostic {
  severity: 'error' | 'warning';
  line: number;
  column: number;
  text: string;
}

/** A compiled script; immutable, may be run any number of times at once. */
export interface Script {
  readonly name: string;
  readonly requires: readonly string[];
}

export interface CompileOptions {
  /** Stands in front of messages about the script. */
  name?: string;
  /** Those that are not given are the defaults. */
  limits?: Partial<SieveLimits>;
  /** The capabilities `require` may name; all that are registered when absent. */
  capabilities?: readonly string[];
  /** Capabilities that are known but cannot be used here, with the reason that the user is told. */
  refused?: ReadonlyMap<string, string>;
}

export interface CompileResult {
  /** Undefined when there is an error. */
  script?: Script;
  /** In the order of the script. */
  diagnostics: SieveDiagnostic[];
}

/** What a script decided, in order. `line` is where in the script; 0 for the implicit keep. */
export type Action =
  | { type: 'keep'; line: number; implicit: boolean; flags?: string[] }
  | { type: 'fileinto'; line: number; mailbox: string; flags?: string[] }
  | { type: 'redirect'; line: number; address: string }
  | { type: 'discard'; line: number }
  | { type: 'reject'; line: number; reason: string; kind: 'reject' | 'ereject' };

/** What the runtime needs to know of the world: it asks, the host answers (RFC 5490 mailboxexists, duplicate, …). */
export type Question = { ask: 'mailbox-exists'; mailbox: string };
export type Answer = boolean | number | string | Uint8Array | undefined;

export interface RunInput {
  message: Message;
  envelope: Envelope;
  /** The one recipient this run is for. */
  recipient: string;
}

export interface RunOptions {
  /** Those that are not given are the defaults. */
  limits?: Partial<SieveLimits>;
  /** Fills {@link RunOutcome.trace}. */
  trace?: boolean;
  /**
   * Where a script before this one ended ({@link RunOutcome.end}): the message as it left it, flags and actions carry
   * over, and the actions of this outcome are those of both.
   */
  after?: RunEnd;
}

/** One line of `tamis sieve run --trace`. */
export interface TraceLine {
  line: number;
  text: string;
  /** Of a test: its outcome, which also ends the text. */
  truth?: boolean;
}

export interface RunOutcome {
  /** With the implicit keep when nothing cancelled it (RFC 5228 §2.10.2). */
  actions: Action[];
  /** Set when the script failed at run time; `actions` then is the implicit keep, after what must not be undone. */
  error?: SieveDiagnostic;
  /** Empty unless it was asked for. */
  trace: TraceLine[];
  /** The implicit keep is among the actions: another script may take its place, see {@link RunOptions.after}. */
  implicitKeep: boolean;
  /** For the next script. Of a script that failed: as if it had not run. */
  end: RunEnd;
}
