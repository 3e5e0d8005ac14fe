/** Settings of the reputation of senders, with their defaults and the reason of each. */
export interface ReputationSettings {
  /** Whether it is kept, and counts. */
  enabled: boolean;
  /** Messages, as they count today, from which a sender has a reputation. */
  messages: number;
  /** Seconds after which a message counts half. */
  halfLife: number;
  /** Seconds after which a sender who sent nothing more is forgotten. */
  expire: number;
  /** Messages that one counts for which a person has learned as spam or ham. */
  learned: number;
  /** Prefix of a network, IPv4 and IPv6. */
  prefix4: number;
  prefix6: number;
  /** Milliseconds a scan waits for an answer before it goes on without. */
  timeout: number;
}

export const defaultReputationSettings: ReputationSettings = {
  // A few tenths of a point for who always behaves, two for who never does; what a message is still decides.
  enabled: true,
  // One misjudged message among fewer would be a tenth of what is known.
  messages: 10,
  // Hosts and domains change hands within months; a campaign lasts days.
  halfLife: 30 * 86_400,
  // Four half-lives: what is left counts a sixteenth.
  expire: 120 * 86_400,
  // A person is right where the filter was wrong, which it then was several times.
  learned: 5,
  // What one customer of a provider has, and what is routed by itself.
  prefix4: 24,
  prefix6: 48,
  // The embedded state answers in one, a server in the same building in a few.
  timeout: 500,
};
