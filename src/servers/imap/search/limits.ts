/** Bounds of one search. */
export const searchLimits = {
  /** Levels of parentheses, NOT, OR and FUZZY. Clients' own filters nest three or four. */
  depth: 32,
  /** Keys of one program. Each is looked at for every message that those before it did not decide. */
  keys: 1_000,
  /** Different texts and days looked for by one program: each is a walk through the index. */
  terms: 100,
  /** Words of one FUZZY text: the rest would make the result smaller, hardly better. */
  fuzzyWords: 8,
  /** Live searches of a session (RFC 5267 §4.3): each is looked at again with every change. */
  contexts: 16,
  /** Mailboxes that one ESEARCH looks into. */
  mailboxes: 1_000,
  /** Octets of a message that is read without a thread where no thread answers: some milliseconds of everybody's time. */
  octetsWithoutThread: 64 * 1024,
};
