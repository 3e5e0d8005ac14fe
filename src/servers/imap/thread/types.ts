/** What threading looks at in a message. */
export interface ThreadInput {
  readonly uid: number;
  /** Sent date, of arrival without one (RFC 5256 §2.2). Milliseconds. */
  readonly sent: number;
  /** Base subject. */
  readonly subject: string;
  /** Whether the subject is marked as of an answer or a forward. */
  readonly reply: boolean;
  readonly messageId: string | null;
  readonly references: readonly string[];
}

/** A message with its answers; without a message, what only holds answers together. */
export interface ThreadNode {
  readonly uid: number | undefined;
  readonly children: readonly ThreadNode[];
}
