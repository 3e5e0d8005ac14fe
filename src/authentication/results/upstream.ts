import type { Message } from '../../message/types.ts';
import { normalDomain } from '../organizational-domain.ts';
import type { AuthenticationResult, SpfResult } from '../types.ts';
import { toResult } from '../verifier.ts';
import { parseResults } from './parse.ts';
import type { ReportedMethod } from './parse.ts';

/** What a relay of ours at the edge found out about a client that we cannot see. */
export interface UpstreamResults {
  authservId: string;
  spf?: SpfResult;
  spfHelo?: SpfResult;
  iprev?: AuthenticationResult;
  dmarc?: { result: AuthenticationResult; domain: string };
}

const MAX_DOMAIN = 253;

/**
 * The results of the topmost Authentication-Results field with one of these authserv-ids, together with those directly
 * below it that have the same: some programs write a field for each method. Only for messages of a relay that removes
 * such fields from what it takes in (RFC 8601 §5); lower fields may be anybody's.
 *
 * @param trusted names as `normalDomain` writes them
 */
export function upstreamResults(message: Message, trusted: ReadonlySet<string>): UpstreamResults | undefined {
  if (trusted.size === 0) return undefined;
  let found: { authservId: string; methods: ReportedMethod[] } | undefined;
  for (const field of message.header.fields) {
    const results = field.key === 'authentication-results' ? parseResults(field.rawValue) : undefined;
    const authservId = results === undefined ? '' : normalDomain(results.authservId);
    if (found === undefined) {
      if (results !== undefined && trusted.has(authservId)) found = { authservId, methods: results.methods };
    } else if (results !== undefined && authservId === found.authservId)
      found.methods = [...found.methods, ...results.methods];
    else break;
  }
  return found === undefined ? undefined : resultsOf(found.authservId, found.methods);
}

function resultsOf(authservId: string, methods: readonly ReportedMethod[]): UpstreamResults {
  const upstream: UpstreamResults = { authservId };
  for (const { method, result, properties } of methods) {
    const word = toResult(result);
    const mailFrom = properties.get('smtp.mailfrom');
    const helo = properties.get('smtp.helo');
    if (method === 'iprev') upstream.iprev ??= word;
    else if (method === 'dmarc')
      upstream.dmarc ??= { result: word, domain: domainOf(properties.get('header.from') ?? '') };
    else if (method === 'spf' && mailFrom !== undefined)
      upstream.spf ??= { result: word, domain: domainOf(mailFrom), identity: 'mailfrom' };
    else if (method === 'spf' && helo !== undefined)
      upstream.spfHelo ??= { result: word, domain: domainOf(helo), identity: 'helo' };
  }
  return upstream;
}

/** Property values are domains, or addresses where a program names them whole. */
function domainOf(value: string): string {
  return normalDomain(value.slice(value.lastIndexOf('@') + 1).slice(0, MAX_DOMAIN));
}
