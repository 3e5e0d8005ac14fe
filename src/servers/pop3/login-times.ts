/** Accounts that are remembered; beyond it the oldest are forgotten, who may log in a little early then. */
const MAX_ACCOUNTS = 100_000;

/** When accounts have logged in (RFC 2449 §6.5). */
export class LoginTimes {
  /** Milliseconds, the oldest first. */
  readonly #times = new Map<string, number>();

  /** False when the last login is less than `delay` seconds ago; else it is now. */
  admit(account: string, now: number, delay: number): boolean {
    if (delay === 0) return true;
    const last = this.#times.get(account);
    if (last !== undefined && now >= last && now - last < delay * 1000) return false;
    this.#times.delete(account);
    this.#times.set(account, now);
    for (const [oldest] of this.#times) {
      if (this.#times.size <= MAX_ACCOUNTS) break;
      this.#times.delete(oldest);
    }
    return true;
  }
}
