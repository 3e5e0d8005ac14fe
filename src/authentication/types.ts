import type { Envelope } from '../message/envelope.ts';
import type { Message } from '../message/types.ts';

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
}

export interface ArcResult {
  result: AuthenticationResult;
  /** Number of sets. */
  instances: number;
  sealer?: string;
}

/** What is known of who sent a message. */
export interface Authentication {
  spf: SpfResult;
  dkim: DkimResult[];
  dmarc: DmarcResult;
  arc: ArcResult;
  iprev: AuthenticationResult;
  /** Value of the Authentication-Results field (RFC 8601), folded with `\n` + tab, authserv-id first. */
  field: string;
}

/** Verifies a message; never throws for what the message or the DNS holds. */
export interface Authenticator {
  verify(message: Message, envelope: Envelope): Promise<Authentication>;
}
