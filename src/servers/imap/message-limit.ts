/**
 * Messages that one command works on (RFC 9738 §3.1). Their UIDs are held in a list while it runs, some MiB for this many;
 * mailboxes of a size that people have are done in one.
 */
export const MESSAGE_LIMIT = 1_000_000;

/** The newest messages, and the response code that tells that the others were left out (RFC 9738 §3.1). */
export function limited(
  uids: readonly number[],
  limit = MESSAGE_LIMIT,
): { readonly uids: readonly number[]; readonly code: string | undefined } {
  if (uids.length <= limit) return { uids, code: undefined };
  const newest = uids.slice(-limit);
  return { uids: newest, code: `MESSAGELIMIT ${limit} ${newest[0] ?? 0}` };
}
