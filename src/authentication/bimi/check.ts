import type { Message } from '../../message/types.ts';
import { DnsError } from '../../net/resolver.ts';
import type { Resolver } from '../../net/resolver.ts';
import { parseTagList } from '../dkim/tag-list.ts';
import type { Published } from '../dmarc/discovery.ts';
import type { BimiResult, DkimResult, DmarcResult } from '../types.ts';

/** A label of the DNS, as the draft's selector is one or several. */
const SELECTOR = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?){0,3}$/i;
/** Only what goes unchanged and unquoted into a header field: no blanks, semicolons or commas. */
const HTTPS_URI =
  /^https:\/\/[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::\d{1,5})?\/[a-z0-9\-._~/?#[\]@!$&'()*+=%]{1,600}$/i;
const VERSION = /^[ \t]*v[ \t]*=[ \t]*BIMI1[ \t]*(?:;|$)/;
/** Two URIs and an indicator of avatars; what is longer is none. */
const MAX_RECORD = 2_048;
const MAX_SELECTOR_FIELD = 512;

export interface BimiRequest {
  message: Message;
  dmarc: DmarcResult;
  /** Record of the organizational domain. */
  organizational: Published | undefined;
  /** One for each DKIM-Signature, in order. */
  dkim: readonly DkimResult[];
  resolver: Resolver;
}

/**
 * The BIMI Assertion Record of the author (draft-brand-indicators-for-message-identification §7). Looked up only where
 * DMARC passes and the domain is protected: its own policy and its organization's quarantine or reject. Nothing is
 * fetched: neither indicator nor evidence has been looked at.
 */
export async function checkBimi(request: BimiRequest): Promise<BimiResult> {
  const { dmarc, resolver } = request;
  const selector = selectorOf(request);
  const result: BimiResult = { result: 'skipped', domain: dmarc.domain, selector };
  const obstacle = obstacleTo(request);
  if (obstacle !== undefined) return { ...result, reason: obstacle };
  const domains = new Set([dmarc.domain, dmarc.organizationalDomain ?? dmarc.domain]);
  for (const domain of domains) {
    let texts: string[];
    try {
      const answer = await resolver.resolve(`${selector}._bimi.${domain}`, 'TXT');
      texts = answer.map((chunks) => chunks.join('')).filter((text) => VERSION.test(text));
    } catch (error) {
      if (error instanceof DnsError && (error.code === 'ENOTFOUND' || error.code === 'ENODATA')) continue;
      return { ...result, result: 'temperror', reason: error instanceof Error ? error.message : 'no answer' };
    }
    const [text, ...more] = texts;
    if (text === undefined) continue;
    if (more.length > 0)
      return { ...result, result: 'fail', recordDomain: domain, reason: 'several records' };
    return { ...result, recordDomain: domain, ...readRecord(text) };
  }
  return { ...result, result: 'none' };
}

/** Why the author's domain is not protected enough for its indicator to be shown. */
function obstacleTo({ dmarc, organizational }: BimiRequest): string | undefined {
  if (dmarc.result !== 'pass') return 'DMARC does not pass';
  const { record, policy } = dmarc;
  if (record === undefined || policy === undefined) return 'no DMARC record';
  if (record.testing || organizational?.record.testing === true) return 'DMARC policy is in test mode';
  const above = organizational?.record ?? record;
  if (policy === 'none' || above.p === 'none' || above.sp === 'none') return 'DMARC policy is none';
  return undefined;
}

function readRecord(text: string): Pick<BimiResult, 'result' | 'location' | 'evidence' | 'reason'> {
  const { tags, fault } = parseTagList(text.slice(0, MAX_RECORD));
  if (text.length > MAX_RECORD || fault !== undefined)
    return { result: 'fail', reason: fault ?? 'record too long' };
  const location = tags.get('l');
  const evidence = tags.get('a') ?? '';
  if (location === undefined) return { result: 'fail', reason: 'no location' };
  if (location === '' && evidence === '') return { result: 'declined' };
  for (const uri of [location, evidence])
    if (uri !== '' && !HTTPS_URI.test(uri)) return { result: 'fail', reason: 'not an https URI' };
  return {
    result: 'pass',
    ...(location !== '' && { location }),
    ...(evidence !== '' && { evidence }),
  };
}

/** `default`, or what one BIMI-Selector field says that an aligned, valid signature covers. */
function selectorOf({ message, dkim }: BimiRequest): string {
  const fields = message.header.all('bimi-selector');
  const [field] = fields;
  if (field === undefined || fields.length > 1 || field.rawValue.length > MAX_SELECTOR_FIELD)
    return 'default';
  const { tags, fault } = parseTagList(field.value);
  const selector = tags.get('s') ?? '';
  if (fault !== undefined || tags.get('v') !== 'BIMI1' || !SELECTOR.test(selector)) return 'default';
  const signatures = message.header.all('dkim-signature');
  const isSigned = dkim.some(({ result, aligned }, index) => {
    if (result !== 'pass' || !aligned) return false;
    const names = parseTagList(signatures[index]?.rawValue ?? '').tags.get('h') ?? '';
    return names.split(':').some((name) => name.trim().toLowerCase() === 'bimi-selector');
  });
  return isSigned ? selector.toLowerCase() : 'default';
}

/** Value of the BIMI-Location field we add, or undefined when there is nothing to point to. */
export function bimiLocation({ result, location, evidence }: BimiResult): string | undefined {
  if (result !== 'pass' || (location === undefined && evidence === undefined)) return undefined;
  const parts = ['v=BIMI1', `l=${location ?? ''}`, ...(evidence === undefined ? [] : [`a=${evidence}`])];
  return parts.join(';\n\t');
}
