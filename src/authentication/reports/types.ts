/** The contents of an aggregate report, as data: written by us or read from others (RFC 9990 §3.1.1). */
export interface AggregateReport {
  metadata: ReportMetadata;
  policy: PublishedPolicy;
  records: ReportRecord[];
}

export interface ReportMetadata {
  /** `org_name` */
  organization: string;
  email: string;
  /** `extra_contact_info` */
  contact?: string;
  reportId: string;
  /** Seconds since the epoch, both ends included. */
  begin: number;
  end: number;
  errors: string[];
  generator?: string;
}

/** The policy as it was found, words in lower case (RFC 9990 §3.1.1.5). Reports of others may hold any words. */
export interface PublishedPolicy {
  domain: string;
  discovery?: string;
  p: string;
  sp?: string;
  np?: string;
  fo?: string;
  adkim?: string;
  aspf?: string;
  /** `y` or `n` */
  testing?: string;
  /** Of RFC 7489 alone. */
  pct?: string;
}

/** What a row is of: all that makes one message count together with another. */
export interface ReportRow {
  source: string;
  /** `none`, `pass`, `quarantine`, `reject`. */
  disposition: string;
  /** `pass` or `fail`: whether an identifier passed and is aligned. */
  dkim: string;
  spf: string;
  reasons: OverrideReason[];
  headerFrom: string;
  /** '' for the null reverse-path. */
  envelopeFrom?: string;
  /** Domain of all recipients, when it is one. */
  envelopeTo?: string;
  dkimResults: DkimAuthResult[];
  spfResults: SpfAuthResult[];
}

export interface ReportRecord extends ReportRow {
  count: number;
}

/** Why another policy was applied than is published (RFC 9990 §3.1.6). */
export interface OverrideReason {
  type: string;
  comment?: string;
}

export interface DkimAuthResult {
  domain: string;
  selector: string;
  result: string;
  /** `human_result` */
  comment?: string;
}

export interface SpfAuthResult {
  domain: string;
  scope?: string;
  result: string;
  comment?: string;
}

/** One message as DMARC saw it. */
export interface Observation {
  policy: PublishedPolicy;
  /** URIs of rua=, as published. */
  rua: string[];
  row: ReportRow;
}
