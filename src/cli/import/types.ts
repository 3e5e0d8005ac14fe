import type { Flags } from '../../store/mail/types.ts';

/** A larger one is left where it is: each message is in memory once. */
export const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;

export interface SourceMessage {
  /** As they are to be kept. */
  readonly octets: Buffer;
  readonly flags: Flags;
  /** Milliseconds; now when nobody knows. */
  readonly internalDate: number | undefined;
}

/** What a source says of a message before it is fetched. */
export interface SourceFacts {
  /** Milliseconds. */
  readonly internalDate: number;
  /** Octets with CRLF. */
  readonly size: number;
  readonly messageId: string;
}

/** A message, or one that the target has already, or one that cannot be had, and why. */
export type SourceItem = { readonly message: SourceMessage } | 'present' | { readonly fault: string };

export interface SourceMailbox {
  /** With `/` between levels. */
  readonly name: string;
  /** Attributes such as `\Sent`. */
  readonly specialUse: readonly string[];
  readonly subscribed: boolean;
  /** Messages; undefined when that is not known before. */
  readonly total: number | undefined;
  /** Why nothing can be had of it. */
  readonly fault?: string;
  /** In their order. `isPresent` spares fetching what the target has; a source that has messages at hand need not ask. */
  items(isPresent: (facts: SourceFacts) => Promise<boolean>): AsyncIterable<SourceItem>;
}
