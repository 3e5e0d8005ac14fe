import { isInForce, type SigningKey } from './keys.ts';

/**
 * The keys that sign for a From domain (lower case, A-labels) at a time: those in force of the domain itself, else of
 * the nearest domain above it that is listed with `subdomains`. A domain that has keys of its own, but none in force,
 * is not signed for by others: its admin has said when.
 */
export function keysFor<T extends SigningKey>(keys: readonly T[], domain: string, now: number): T[] {
  for (let name = domain; name !== ''; name = parentOf(name)) {
    const own = keys.filter((key) => key.domain === name && (name === domain || key.subdomains));
    if (own.length > 0) return own.filter((key) => isInForce(key, now));
  }
  return [];
}

function parentOf(domain: string): string {
  const dot = domain.indexOf('.');
  return dot < 0 ? '' : domain.slice(dot + 1);
}
