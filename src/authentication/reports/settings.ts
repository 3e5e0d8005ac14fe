/** Aggregate reports to the owners of domains (RFC 9990): what is counted and how it is sent. */
export interface DmarcReportSettings {
  /** Count mail and send reports. */
  enabled: boolean;
  /** Name of the reporting organization; in `org_name` and the From field. */
  organization: string;
  /** Address the reports come from and questions go to; its domain is the From domain, which should pass DMARC. */
  email: string;
  /** Further contact, such as a page on the web; '' for none. */
  contact: string;
  /** Domain that stands for this receiver in file names and subjects; '' for that of `email`. */
  domain: string;
  /** Seconds after 00:00 UTC within which the reports of the day before go out, at a minute chosen at random. */
  spread: number;
  /** Days that may be reported late, when we or the DNS were away. */
  keepDays: number;
  /** Policy domains counted in a day. */
  domains: number;
  /** Rows of one domain's report, and of all reports of a day. */
  rows: number;
  totalRows: number;
  /** Addresses one domain's report is sent to. */
  destinations: number;
  /** Octets of one report's mail, base64 included. */
  mailBytes: number;
}

export const defaultDmarcReportSettings: DmarcReportSettings = {
  // Reports tell strangers about the mail that comes in: somebody has to want that.
  enabled: false,
  organization: '',
  email: '',
  contact: '',
  domain: '',
  // Reporters all over the world begin at midnight UTC; the receivers of reports are glad of four hours.
  spread: 4 * 3600,
  // A weekend without us; later nobody looks at it any more, and each day costs space.
  keepDays: 3,
  // A busy site hears from some thousand domains with a record a day.
  domains: 20_000,
  // A large sender has some thousand addresses. Whoever forges a domain from a botnet makes a row for each of its
  // machines: these rows say little, and are counted together.
  rows: 5_000,
  // Some 600 octets each: 120 MB of state for the day and the days that are kept.
  totalRows: 50_000,
  // Most domains name one or two; everything in the record is an invitation to send mail to somebody.
  destinations: 5,
  // Ten million is what nearly every server takes; compressed, it holds more rows than are ever counted.
  mailBytes: 10_000_000,
};
