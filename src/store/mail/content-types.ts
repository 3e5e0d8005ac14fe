/** What IMAP asks of a message's content, taken once, when it comes in. Kept as JSON in the index: plain data only. */
export interface MessageContent {
  readonly envelope: Envelope;
  readonly structure: Structure;
  /** First text a reader sees, at most 200 characters (RFC 8970 §3.1). */
  readonly preview: string;
}

/** RFC 9051 §7.5.2: header fields unfolded, encoded words left as they are; bytes outside ASCII as in UTF-8. */
export interface Envelope {
  readonly date: string | null;
  readonly subject: string | null;
  readonly from: readonly EnvelopeAddress[];
  readonly sender: readonly EnvelopeAddress[];
  readonly replyTo: readonly EnvelopeAddress[];
  readonly to: readonly EnvelopeAddress[];
  readonly cc: readonly EnvelopeAddress[];
  readonly bcc: readonly EnvelopeAddress[];
  readonly inReplyTo: string | null;
  readonly messageId: string | null;
  /** The Date field as a time, milliseconds; null without a usable one. */
  readonly sent: number | null;
  /** Message-IDs of References, else of In-Reply-To, without angle brackets, oldest first (RFC 5256 §3). */
  readonly references: readonly string[];
}

/**
 * A group begins with host null and ends with mailbox null; a host that is missing is ''. `route` only where the sender wrote
 * an obsolete one.
 */
export type EnvelopeAddress = readonly [
  name: string | null,
  mailbox: string | null,
  host: string | null,
  route?: string,
];

/** RFC 9051 §7.5.2 BODYSTRUCTURE, with offsets into the octets as IMAP sends them. */
export interface Structure {
  /** In lower case; all else is as it is written. */
  readonly type: string;
  /** `type` as it is written, where that is not in lower case. */
  readonly writtenType?: string;
  readonly subtype: string;
  readonly parameters: readonly (readonly [string, string])[];
  readonly id: string | null;
  readonly description: string | null;
  readonly encoding: string;
  readonly disposition: {
    readonly type: string;
    readonly parameters: readonly (readonly [string, string])[];
  } | null;
  readonly language: readonly string[];
  readonly location: string | null;
  readonly md5: string | null;
  /** Where its header begins, where its body begins, and where it ends. */
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  /** Lines of the body. */
  readonly lines: number;
  /** Of a multipart: its parts. */
  readonly parts: readonly Structure[];
  /** Of a message/rfc822 or message/global: what it holds. */
  readonly message: { readonly envelope: Envelope; readonly structure: Structure } | null;
}
