const INBOX = 'INBOX';

/**
 * Patterns of LIST (RFC 9051 §6.3.9): `*` is anything, `%` anything without the delimiter. A pattern is compared in time that
 * grows with its length times that of the name, whatever it holds: wildcards in a row are one, and nothing is tried twice.
 */
export class ListPattern {
  readonly #tokens: readonly string[];

  constructor(pattern: string) {
    this.#tokens = Array.from(pattern.replace(/[*%]+/g, (run) => (run.includes('*') ? '*' : '%')));
  }

  matches(name: string): boolean {
    // The places of the pattern that can be reached with the characters so far.
    let reached = new Uint8Array(this.#tokens.length + 1);
    reached[0] = 1;
    this.#passWildcards(reached);
    // INBOX is that in any case (RFC 9051 §5.1).
    let anyCase = /^INBOX(?:\/|$)/.test(name) ? INBOX.length : 0;
    for (const character of name) {
      const other = anyCase-- > 0 ? character.toLowerCase() : character;
      const next = new Uint8Array(this.#tokens.length + 1);
      let any = false;
      for (let at = 0; at < this.#tokens.length; at++) {
        if (reached[at] === 0) continue;
        const token = this.#tokens[at];
        if (token === '*' || (token === '%' && character !== '/')) next[at] = 1;
        else if ((token === character || token === other) && token !== '%') next[at + 1] = 1;
        else continue;
        any = true;
      }
      if (!any) return false;
      this.#passWildcards(next);
      reached = next;
    }
    return reached[this.#tokens.length] === 1;
  }

  /** A wildcard may stand for nothing. */
  #passWildcards(reached: Uint8Array): void {
    for (let at = 0; at < this.#tokens.length; at++)
      if (reached[at] === 1 && (this.#tokens[at] === '*' || this.#tokens[at] === '%')) reached[at + 1] = 1;
  }
}
