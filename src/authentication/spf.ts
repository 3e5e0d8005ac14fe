import { isIP } from 'node:net';
import { spf } from 'mailauth/lib/spf/index.js';
import type { Resolver } from '../net/resolver.ts';
import type { AuthenticationLimits } from './settings.ts';
import type { SpfResult } from './types.ts';
import { mailauthResolver, toResult } from './verifier.ts';

export interface SpfRequest {
  /** Client's address. */
  address: string;
  helo: string;
  /** MAIL FROM; '' checks the HELO name instead (RFC 7208 §2.4). */
  sender: string;
  /** Our name, for the `%{r}` macro. */
  receiver: string;
}

/** RFC 5321 §4.5.3.1: a path has 256 octets at most; longer identities are not looked at. */
const MAX_IDENTITY = 320;
const MAX_EXPLANATION = 500;

/** check_host() (RFC 7208 §4). Fails as the resolver fails: with a result, never by throwing. */
export async function checkSpf(
  request: SpfRequest,
  resolver: Resolver,
  limits: AuthenticationLimits,
): Promise<SpfResult> {
  const identity = request.sender === '' ? 'helo' : 'mailfrom';
  const domain =
    identity === 'helo' ? request.helo : request.sender.slice(request.sender.lastIndexOf('@') + 1);
  const none: SpfResult = { result: 'none', domain: domain.slice(0, MAX_IDENTITY).toLowerCase(), identity };
  if (domain === '' || request.sender.length > MAX_IDENTITY || request.helo.length > MAX_IDENTITY)
    return none;
  // An address in place of a name can publish nothing.
  if (isIP(domain.replace(/^\[(?:ipv6:)?|\]$/gi, '')) !== 0) return none;
  const answer = await spf({
    sender: request.sender,
    ip: request.address,
    helo: request.helo,
    mta: request.receiver,
    resolver: limitedRecords(resolver, limits),
    strict: true,
  });
  const result: SpfResult = { result: toResult(answer.status.result), domain: answer.domain, identity };
  if (answer.explanation !== undefined) result.explanation = plainText(answer.explanation);
  return result;
}

/** A stranger's text on its way into replies, fields and logs: one line of printable ASCII (RFC 7208 §6.2). */
function plainText(text: string): string {
  return text.slice(0, MAX_EXPLANATION).replace(/[^\x20-\x7e]/g, '?');
}

/** A record too long to be evaluated cheaply is a permanent error of its owner. */
function limitedRecords(resolver: Resolver, limits: AuthenticationLimits): MailauthResolver {
  const ask = mailauthResolver(resolver);
  return async (name, type) => {
    const records = await ask(name, type);
    if (type === 'TXT' && records.some((record) => isTooLong(record, limits.spfRecord)))
      throw Object.assign(new Error('SPF record too long'), {
        spfResult: { error: 'permerror', text: 'SPF record too long' },
      });
    return records;
  };
}

function isTooLong(record: unknown, limit: number): boolean {
  const text = Array.isArray(record) ? record.join('') : String(record);
  return text.length > limit && /^v=spf1( |$)/i.test(text);
}
