import type { Message } from '../../message/types.ts';
import { MAX_INSTANCE, readInstance, resultsOf } from '../arc/instance.ts';
import { signatureText } from '../dkim/signature.ts';
import { parseTagList } from '../dkim/tag-list.ts';
import { normalDomain } from '../organizational-domain.ts';
import type { ArcResult } from '../types.ts';
import { parseResults } from './parse.ts';

const MAX_DOMAIN = 253;

interface ArcSet {
  instance: number;
  /** d= and s= of the seal. */
  sealer: string;
  selector: string;
}

/**
 * Looks for a sealer that is believed and saw DMARC pass for this author: from the newest set downwards, as long as the
 * sealers are believed, for whoever is not may have changed the message. Gives the comment RFC 8617 §7.2.2 asks for in
 * reports, or undefined. The chain itself has been verified: `arc` is its result.
 */
export function trustedPass(
  message: Message,
  arc: ArcResult,
  author: string,
  isTrusted: (domain: string) => boolean,
): string | undefined {
  if (arc.result !== 'pass' || author === '') return undefined;
  const sets = setsOf(message);
  for (const { instance, sealer } of sets) {
    if (!isTrusted(sealer)) return undefined;
    if (sawPass(message, instance, author))
      return `arc=pass ${sets.map((set) => `as[${set.instance}].d=${set.sealer} as[${set.instance}].s=${set.selector}`).join(' ')}`;
  }
  return undefined;
}

/** The seals of a chain that has been verified, newest first. */
function setsOf(message: Message): ArcSet[] {
  return message.header
    .all('arc-seal')
    .slice(0, MAX_INSTANCE)
    .map((field) => {
      const { tags } = parseTagList(signatureText(field));
      const text = (name: string): string => (tags.get(name) ?? '').slice(0, MAX_DOMAIN);
      return { instance: readInstance(field) ?? 0, sealer: normalDomain(text('d')), selector: text('s') };
    })
    .toSorted((one, other) => other.instance - one.instance);
}

/** Whether the ARC-Authentication-Results of a set say that DMARC passed for the author (RFC 8617 §4.1.1). */
function sawPass(message: Message, instance: number, author: string): boolean {
  for (const field of message.header.all('arc-authentication-results').slice(0, MAX_INSTANCE)) {
    if (readInstance(field) !== instance) continue;
    const results = parseResults(resultsOf(field) ?? '');
    return (
      results?.methods.some(
        ({ method, result, properties }) =>
          method === 'dmarc' &&
          result === 'pass' &&
          normalDomain(properties.get('header.from') ?? '') === author,
      ) ?? false
    );
  }
  return false;
}
