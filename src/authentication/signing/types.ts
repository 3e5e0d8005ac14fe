import type { HeaderEdit } from '../../message/types.ts';
import type { AuthenticationResult } from '../types.ts';

/** Whose From addresses may be signed for. Plain data: it travels to a worker. */
export type Senders =
  | { readonly any: true }
  | {
      readonly any: false;
      /** Whole addresses, lower case, domain in A-labels. */
      readonly addresses: readonly string[];
      /** Domains of which every address may. */
      readonly domains: readonly string[];
      /** Divides `local+detail`: the detail does not matter; '' for none. */
      readonly separator: string;
    };

/** What an ARC set tells of a message as it came in. */
export interface SealFacts {
  /** Value of our Authentication-Results, authserv-id first; folds as `\n` and white space. */
  readonly results: string;
  /** What verifying the chain gave that the message came with. */
  readonly chain: AuthenticationResult;
  /**
   * authserv-id (as `normalDomain` writes it) whose Authentication-Results in the message say what it was when it came
   * in, before a host of ours changed it; they go before `results` and `chain`.
   */
  readonly believed?: string;
}

/** A message that leaves. */
export interface SigningRequest {
  /** The whole message as it was received. */
  readonly raw: Uint8Array;
  /** Changes made to its header before it leaves. */
  readonly edits: readonly HeaderEdit[];
  /** Sign it, when its From field is one of these. */
  readonly dkim?: { readonly senders: Senders };
  /** Seal it. */
  readonly seal?: SealFacts;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Why a message was not signed. */
export type UnsignedReason =
  | 'header-syntax'
  | 'no-author'
  | 'several-authors'
  | 'no-key'
  | 'sender-not-allowed'
  | 'too-many-fields';

/** Why a message was not sealed. */
export type UnsealedReason =
  | 'header-syntax'
  | 'no-key'
  | 'chain-failed-before'
  | 'chain-unknown'
  | 'too-many-sets'
  | 'too-many-fields';

export interface SigningResult {
  /** Fields to put on top of the message, the uppermost first; to be applied after `SigningRequest.edits`. */
  edits: HeaderEdit[];
  /** Signatures made. */
  signatures: { domain: string; selector: string; algorithm: string }[];
  /** The set made: its instance and chain validation status. */
  sealed?: { instance: number; cv: 'none' | 'pass' | 'fail' };
  /** Domain of the From field, where it could be told. */
  author?: string;
  /** Why there is no signature although one was asked for. */
  unsigned?: UnsignedReason;
  unsealed?: UnsealedReason;
}
