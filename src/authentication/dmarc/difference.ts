import type { Log } from '../../log.ts';
import type { Evaluation } from './evaluate.ts';
import { publicSuffixList } from './public-suffix.ts';
import { treeWalk } from './tree-walk.ts';

/** Domains remembered as looked at, a megabyte or so; the oldest are forgotten and may be logged again. */
const MAX_REMEMBERED = 10_000;

/**
 * Logs, once for each author's domain, where the tree walk (RFC 9989) and the Public Suffix List (RFC 7489) find another
 * organization or another policy. Never throws; a DNS error only means that nothing is said.
 */
export function createDifferenceLog(log: Log): (evaluation: Evaluation) => Promise<void> {
  const seen = new Set<string>();
  return async ({ result, lookup }) => {
    const { domain, discovery } = result;
    // Where nobody published anything there is no difference to speak of.
    if (discovery === undefined || seen.has(domain)) return;
    seen.add(domain);
    if (seen.size > MAX_REMEMBERED) for (const oldest of seen) if (seen.delete(oldest)) break;
    try {
      const [walked, listed] = await Promise.all([
        treeWalk.discover(domain, lookup),
        publicSuffixList.discover(domain, lookup),
      ]);
      const same =
        walked.organizationalDomain === listed.organizationalDomain &&
        walked.policy?.domain === listed.policy?.domain;
      if (same || walked.error !== undefined) return;
      log.info(
        {
          domain,
          used: discovery,
          treeWalk: { organization: walked.organizationalDomain, policy: walked.policy?.domain },
          publicSuffixList: { organization: listed.organizationalDomain, policy: listed.policy?.domain },
        },
        'DMARC differs between the tree walk and the Public Suffix List',
      );
    } catch {
      // Not to be known now; the next worker or the next start may.
    }
  };
}
