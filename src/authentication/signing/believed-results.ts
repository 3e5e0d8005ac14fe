import type { Header } from '../../message/types.ts';
import { normalDomain } from '../organizational-domain.ts';
import { parseResults } from '../results/parse.ts';
import { toResult } from '../verifier.ts';
import type { SealFacts } from './types.ts';

/** Longest field that is copied into a seal; ours are some hundred octets. */
const MAX_FIELD = 8_192;

/**
 * What to put into a seal: the results of the time when the message came in, where a host of ours that has it from us
 * left our field in it (RFC 8617 §4.1.1); else those of now. A chain that passes now is good whatever was said before.
 */
export function believedFacts(header: Header, facts: SealFacts): SealFacts {
  const { believed } = facts;
  if (believed === undefined) return facts;
  for (const field of header.all('authentication-results')) {
    const results = parseResults(field.rawValue);
    if (results === undefined || normalDomain(results.authservId) !== normalDomain(believed)) continue;
    const text = oneField(field.rawValue);
    if (text === undefined) continue;
    const said = results.methods.find(({ method }) => method === 'arc')?.result;
    const chain = facts.chain === 'pass' || said === undefined ? facts.chain : toResult(said);
    return { results: text, chain };
  }
  return facts;
}

/** A raw value as an edit takes it; undefined for one that is long, or not plain ASCII text with folds. */
function oneField(rawValue: string): string | undefined {
  const text = rawValue.replaceAll('\r\n', '\n').trim();
  const plain = text.replace(/\n[ \t]+(?=[^ \t\n])/g, ' ');
  return text.length <= MAX_FIELD && /^[\t\x20-\x7e]+$/.test(plain) ? text : undefined;
}
