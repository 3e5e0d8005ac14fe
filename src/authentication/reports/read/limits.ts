/** How far a file that somebody sent may make us work (RFC 9990 §8). Reaching one is a fault of the file. */
export const readLimits = {
  /** Octets of a file. The largest mails servers take are near 50 MB. */
  fileBytes: 64 * 1024 * 1024,
  /** Octets of one XML document, uncompressed: some hundred thousand rows. */
  xmlBytes: 128 * 1024 * 1024,
  /** Uncompressed octets for each compressed one. Reports of thousands of like rows come to 60. */
  ratio: 300,
  /** Uncompressed octets that are always allowed, since a tiny file may well have a high ratio. */
  freeBytes: 1024 * 1024,
  /** Containers within containers: a mail, with a ZIP file, with a compressed document. */
  nesting: 3,
  /** Files looked at within a ZIP file, parts of a mail. */
  members: 100,
  /** Elements within elements; a report has six. */
  depth: 16,
  /** Characters of one element's text that are kept; the longest useful ones are comments. */
  text: 2000,
  /** Children of one element, except for the rows of a report. */
  children: 1000,
  /** Rows of a report. */
  records: 500_000,
} as const;

export type ReadLimits = { readonly [K in keyof typeof readLimits]: number };

/** Why a file is no report that can be read. */
export class ReportError extends Error {}
