/** Longest name or password; what is longer belongs to nobody. Hashing reads all of it. */
const MAX_OCTETS = 4096;

export const EMPTY: Uint8Array = new Uint8Array();

/** The UTF-8 text of a response; undefined when it is none or is too long. */
export function utf8(octets: Uint8Array, limit = MAX_OCTETS): string | undefined {
  if (octets.length > limit) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}

export const failure = <R extends string>(reason: R, user?: string) =>
  ({ type: 'failure', reason, ...(user === undefined ? {} : { user }) }) as const;
