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
  /** i= as it stands in the signature, where there is one (RFC 6376 §3.5). */
  identity?: string;
  /** First characters of b=, to tell signatures of one domain apart (RFC 6008 §4). */
  signature?: string;
  /** Whether `domain` is aligned with the From domain. */
  aligned: boolean;
  reason?: string;
}

/** What the owner of a domain asks to be done with mail that fails DMARC (RFC 9989 §4.7, p=). */
export type DmarcPolicy = 'none' | 'quarantine' | 'reject';

/** A DMARC Policy Record (RFC 9989 §4.7); what a record does not say has its default. */
export interface DmarcRecord {
  /** p=; `none` also where it is missing or wrong and `rua` is there (RFC 9989 §4.7). */
  p: DmarcPolicy;
  /** sp=, np= where the record has them. */
  sp?: DmarcPolicy;
  np?: DmarcPolicy;
  adkim: 'r' | 's';
  aspf: 'r' | 's';
  /** fo=, the known options in lower case, e.g. `1:d`. */
  fo: string;
  /** URIs of rua= and ruf= as they are published, without the old `!10m` size limits; not checked further. */
  rua: string[];
  ruf: string[];
  psd: 'y' | 'n' | 'u';
  /** t= */
  testing: boolean;
}

/** Why another policy was applied than the domain asks for, by the names of RFC 9990 (PolicyOverrideType). */
export interface DmarcOverride {
  type: 'local_policy' | 'mailing_list' | 'other' | 'policy_test_mode' | 'trusted_forwarder';
  comment?: string;
}

export interface DmarcResult {
  result: AuthenticationResult;
  /** Domain of the From field. */
  domain: string;
  /** Policy that applies: the record's p, sp or np, one step down with t=y. */
  policy: DmarcPolicy | undefined;
  /** The same before t=y took it a step down. */
  publishedPolicy?: DmarcPolicy;
  /** Where that record is published. */
  policyDomain?: string;
  /** As the tree walk found it (RFC 9989 §4.10.2), or by the Public Suffix List. */
  organizationalDomain?: string;
  /** Why DMARC could not be evaluated. */
  reason?: string;
  /** The record found at `policyDomain`. */
  record?: DmarcRecord;
  /** How record and organizational domain were found (RFC 9990, DiscoveryType). */
  discovery?: 'treewalk' | 'psl';
  /** Whether an identifier passed and is aligned; there when a record is. */
  spfAligned?: boolean;
  dkimAligned?: boolean;
  /** What we do for DMARC's sake, score aside; there when a record is. A message that passes has `none`. */
  disposition?: DmarcPolicy;
  /** Why `disposition` is not what the record asks for; the reasons in order. */
  overrides?: DmarcOverride[];
  /** Fails, but a local rule or somebody we believe speaks for the message. */
  spared?: boolean;
}

/** BIMI assertion record of the From domain (draft-brand-indicators-for-message-identification). */
export interface BimiResult {
  /** `skipped`: the message or its domain's DMARC policy is not good enough. `declined`: the owner wants none. */
  result: 'pass' | 'none' | 'fail' | 'temperror' | 'declined' | 'skipped';
  /** Domain of the From field, and the selector asked for. */
  domain: string;
  selector: string;
  /** Where the record was found: the From domain or its organizational domain. */
  recordDomain?: string;
  /** l= and a= of the record: https URIs, which nobody has fetched. */
  location?: string;
  evidence?: string;
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
  /** Only when the settings ask for it. */
  bimi?: BimiResult;
  /** authserv-id of the relay of ours whose SPF, iprev and DMARC were taken over. */
  upstream?: string;
  /** Value of the Authentication-Results field (RFC 8601), folded with `\n` + tab, authserv-id first. */
  field: string;
}

/** Verifies a message; never throws for what the message or the DNS holds. */
export interface Authenticator {
  /** `resolver` is the message's own (`withBudget`), when other checks share its budget. */
  verify(message: Message, envelope: Envelope, resolver?: Resolver): Promise<Authentication>;
}
