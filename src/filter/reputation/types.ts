/**
 * What of a sender has a reputation: his address together with what proves it, domains that signed, domains that DMARC or
 * SPF have proved, the network of the client.
 */
export const REPUTATION_KINDS = ['address', 'dkim', 'domain', 'network'] as const;

export type ReputationKind = (typeof REPUTATION_KINDS)[number];

/** Somebody who has a reputation. Plain data: it crosses from worker to main thread. */
export interface Subject {
  kind: ReputationKind;
  name: string;
}

/** What is known of somebody. */
export interface Standing extends Subject {
  /** Messages, older ones for less. */
  messages: number;
  /** -1: all ham beyond doubt, 1: all spam beyond doubt. */
  mean: number;
}

/** What a message adds to the standing of who sent it. */
export interface Experience {
  subjects: Subject[];
  /** -1 to 1, as {@link Standing.mean}. */
  value: number;
}
