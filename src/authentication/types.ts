import type { Envelope } from '../message/envelope.ts';
import type { Message } from '../message/types.ts';
import type { Resolver } from '../net/resolver.ts';

/** Results as RFC 8601 §2.7 spells them; `policy` where our own limits decided. */
export type AuthenticationResult =
  | 'none'
  | 'pass'
  | 'fail'
  | 'softfail'
  | 'neutral'
  | 'policy'
  | 'temperror'
  | 'permerror';

export interface SpfResult {
  result: AuthenticationResult;
  domain: string;
  identity: 'mailfrom' | 'helo';
  explanation?: string;
}

export interface DkimResult {
  result: AuthenticationResult;
  /** d= */
  domain: string;
  selector: string;
  algorithm?: string;
  /** First characters of b=, to tell signatures of one domain apart (RFC 6008 §4). */
  signature?: string;
  /** Whether `domain` is aligned with the From domain. */
  aligned: boolean;
  reason?: string;
}

export interface DmarcResult {
  result: AuthenticationResult;
  /** Domain of the From field. */
  domain: string;
  /** Policy that applies: the record's p, sp or np. */
  policy: 'none' | 'quarantine' | 'reject' | undefined;
  /** Where that record is published. */
  policyDomain?: string;
  /** As the tree walk found it (RFC 9989 §4.10.2). */
  organizationalDomain?: string;
  /** Why DMARC could not be evaluated. */
  reason?: string;
}

export interface ArcResult {
  result: AuthenticationResult;
  /** Number of sets. */
  instances: number;
  /** d= of the newest ARC-Seal, when the chain has been looked at. */
  sealer?: string;
  reason?: string;
}

/** What is known of who sent a message. */
export interface Authentication {
  spf: SpfResult;
  /** The HELO name, when `spf` is of MAIL FROM and the settings ask for both (RFC 7208 §2.3). */
  spfHelo?: SpfResult;
  dkim: DkimResult[];
  dmarc: DmarcResult;
  arc: ArcResult;
  iprev: AuthenticationResult;
  /** Value of the Authentication-Results field (RFC 8601), folded with `\n` + tab, authserv-id first. */
  field: string;
}

/** Verifies a message; never throws for what the message or the DNS holds. */
export interface Authenticator {
  /** `resolver` is the message's own (`withBudget`), when other checks share its budget. */
  verify(message: Message, envelope: Envelope, resolver?: Resolver): Promise<Authentication>;
}
