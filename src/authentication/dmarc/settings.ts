import type { DmarcPolicy } from '../types.ts';

export interface DmarcSettings {
  /** How record and organizational domain are found: RFC 9989's walk up the DNS, or RFC 7489's Public Suffix List. */
  organizationalDomain: 'tree-walk' | 'psl';
  /** The most that is done for a domain's policy: only score the failure, put the message on hold, refuse it. */
  apply: 'score' | 'quarantine' | 'reject';
  /** What is done with failing mail from a domain and those below it, whatever its record asks for. */
  overrides: Record<string, DmarcPolicy>;
  /** Clients whose mail may fail (`local_policy`). */
  exemptNetworks: string[];
  /** Forwarders whose mail may fail: networks, or domains that SPF or DKIM proves (`trusted_forwarder`). */
  trustedForwarders: string[];
  /** Lists whose mail may fail: domains of List-Id that SPF or DKIM proves, and those below them (`mailing_list`). */
  mailingLists: string[];
}

export const defaultDmarcSettings: DmarcSettings = {
  organizationalDomain: 'tree-walk',
  // RFC 9989 §7.4 asks receivers not to refuse for a policy alone: honest mail of lists and forwarders fails too. The
  // score of DMARC_POLICY_REJECT lets everything else that is known of the message have its say.
  apply: 'score',
  overrides: {},
  exemptNetworks: [],
  trustedForwarders: [],
  mailingLists: [],
};

export interface ArcSettings {
  /** Domains whose seals are believed: their report that DMARC passed with them makes a failure here good. */
  trustedSealers: string[];
}

export const defaultArcSettings: ArcSettings = {
  // Anybody can seal; whom to believe is for the admin to say.
  trustedSealers: [],
};
