import type { Log } from '../../log.ts';
import type { Message } from '../../message/types.ts';
import type { Client } from '../../message/envelope.ts';
import type { Resolver } from '../../net/resolver.ts';
import type { ClientResults } from '../client.ts';
import { normalDomain } from '../organizational-domain.ts';
import type { ArcResult, DkimResult } from '../types.ts';
import type { Authors } from './authors.ts';
import { createDifferenceLog } from './difference.ts';
import { evaluateDmarc } from './evaluate.ts';
import type { Evaluation } from './evaluate.ts';
import { createDmarcPolicy } from './policy.ts';
import { publicSuffixList } from './public-suffix.ts';
import type { ArcSettings, DmarcSettings } from './settings.ts';
import { treeWalk } from './tree-walk.ts';

export interface DmarcCheckRequest {
  message: Message;
  authors: Authors;
  client: Client;
  results: ClientResults;
  /** `aligned` of these is set to what DMARC found. */
  dkim: readonly DkimResult[];
  arc: ArcResult;
  resolver: Resolver;
}

/** Evaluates DMARC and says what is done about it. */
export function createDmarcCheck(settings: DmarcSettings, arcSettings: ArcSettings, log: Log) {
  const method = settings.organizationalDomain === 'psl' ? publicSuffixList : treeWalk;
  const apply = createDmarcPolicy(settings, arcSettings);
  const logDifference = createDifferenceLog(log);

  return async (request: DmarcCheckRequest): Promise<Evaluation> => {
    const { message, authors, client, results, dkim, arc, resolver } = request;
    const evaluation = await evaluateDmarc({ authors, spf: results.spf, dkim, resolver, method });
    const { result, alignedSigners } = evaluation;
    if (result.record !== undefined)
      for (const signature of dkim) {
        const domain = normalDomain(signature.domain);
        if (signature.result === 'pass') signature.aligned = alignedSigners.has(domain);
      }
    takeOver(request, evaluation);
    await logDifference(evaluation);
    const { spf, spfHelo } = results;
    const context = { message, client, spf, dkim, arc, ...(spfHelo !== undefined && { spfHelo }) };
    Object.assign(result, apply(result, context));
    return evaluation;
  };
}

function takeOver({ results, authors }: DmarcCheckRequest, { result }: Evaluation): void {
  // The relay saw the message before it was changed on the way between our hosts.
  const seen = results.upstream?.dmarc;
  if (seen !== undefined && seen.domain === authors.domain && authors.fault === undefined) {
    if (seen.result !== 'temperror' && seen.result !== result.result) {
      result.result = seen.result;
      result.reason = 'as the relay reported';
    }
  } else if (!results.known && result.result === 'fail') {
    // Where SPF had no say, for want of a client's address in public, DMARC cannot fail.
    result.result = 'none';
    result.policy = undefined;
  }
}
