/** Addresses kept: some megabytes. A flood of made-up addresses finds nothing and so fills nothing. */
const MAX_FOUND = 10_000;

/**
 * Remembers for a moment whose mail an address is. Only what was found: "no such mailbox" must end with the `user add`
 * that makes it, since it is answered with 550.
 */
export function createFoundCache(life: number, now: () => number) {
  const entries = new Map<string, { account: string; until: number }>();
  return {
    get(name: string): string | undefined {
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      // A clock that was set back must not make an entry live longer.
      const left = entry.until - now();
      if (left > 0 && left <= life) return entry.account;
      entries.delete(name);
      return undefined;
    },
    set(name: string, account: string): void {
      if (life <= 0) return;
      entries.delete(name);
      const oldest = entries.keys().next().value;
      if (entries.size >= MAX_FOUND && oldest !== undefined) entries.delete(oldest);
      entries.set(name, { account, until: now() + life });
    },
    clear: (): void => entries.clear(),
  };
}
