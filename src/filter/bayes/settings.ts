/** Settings of the Bayes classifier, with their defaults and the reason of each. */
export interface BayesSettings {
  /** Whether messages are judged by what was learned. */
  enabled: boolean;
  /** Messages of either class that must have been learned before a probability is given. */
  minimumLearned: number;
  /** Tokens looked at in one message; at most 16,000. */
  tokens: number;
  /** Octets of the table of tokens, shared by all workers; it takes the largest power of two below. */
  tableBytes: number;
  /** Where counts are kept: files of this machine, or the state's driver when several nodes learn together. */
  backend: 'file' | 'state';
  /** With `state`: seconds a count fetched is believed. */
  cacheTime: number;
  /** With `state`: seconds after which rare tokens nobody learned again are forgotten; others after three times that. */
  expire: number;
  /** Milliseconds a worker waits for counts of the state before it goes on without. */
  timeout: number;
  /** Whether what a recipient has learned counts beside what all have, for mail to him alone. */
  perUser: boolean;
  /** Messages a user must have learned for his counts to weigh as much as those of all. */
  userWeight: number;
  autolearn: AutolearnSettings;
}

export interface AutolearnSettings {
  enabled: boolean;
  /** Score, without what Bayes says, from which a message is learned as spam. */
  spam: number;
  /** Score, likewise, below which it is learned as ham. */
  ham: number;
  /** A class that has this many times as many messages as the other learns no more by itself. */
  balance: number;
}

export const defaultBayesSettings: BayesSettings = {
  // Nothing happens until enough is learned, so there is nothing to switch on first.
  enabled: true,
  // What rspamd and SpamAssassin ask for: with fewer, the chance company of a word decides.
  minimumLearned: 200,
  // A message of 3.6 KB has some 600; the longest newsletters about 4,000. The beginning tells what it is.
  tokens: 4000,
  // Four million tokens: what 25,000 messages of all kinds hold, half of it seen once.
  tableBytes: 64 * 1024 * 1024,
  backend: 'file',
  // A minute late does not matter to a count that a thousand messages made.
  cacheTime: 60,
  // Words of a campaign are of no use a year later; what a year has in common with the next is learned again.
  expire: 365 * 86_400,
  // A server in the same building answers in one; a scan should not wait for one that does not.
  timeout: 500,
  // Twice the work, and it must be fed by users before it is of use.
  perUser: false,
  // The common counts have some thousands behind them; a person's own taste shows in a few dozen.
  userWeight: 50,
  autolearn: {
    // What is learned wrongly is learned again and again: the admin decides.
    enabled: false,
    // Twice the score of spam: several independent signs.
    spam: 12,
    // Nothing against it and something for it (authenticated, a list, a known sender).
    ham: -0.5,
    // Two to one moves the prior by less than one more token does.
    balance: 2,
  },
};
