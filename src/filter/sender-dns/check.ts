/** Whether a domain that mail comes from could take an answer: its MX, or its addresses (RFC 5321 §5.1). */
import { isIP } from 'node:net';
import { organizationalDomain } from '../../authentication/organizational-domain.ts';
import { isPossibleName } from '../../net/dns-name.ts';
import { DnsError, type MxRecord, type Resolver } from '../../net/resolver.ts';
import { isRemote } from '../checks/support/client.ts';
import { domainOf, mailboxes } from '../checks/support/domains.ts';
import { quote } from '../checks/support/evidence.ts';
import { isPrivateAddress } from '../rules/relays/field.ts';
import type { Check, CheckContext, CheckHit } from '../types.ts';
import type { SenderDnsSettings } from './settings.ts';

/** Exchanges looked at: the first of those that would be tried. */
const MOST_EXCHANGES = 3;

/** `none`: neither MX nor address. `null`: says that it takes no mail (RFC 7505 §3). `bad`: leads to no host outside. */
type Finding = 'good' | 'none' | 'null' | 'bad' | 'unknown';

const SYMBOLS = {
  SENDER_NO_MX: { score: 2, description: 'Domain of the envelope sender has neither MX nor address' },
  SENDER_NULL_MX: { score: 1.5, description: 'Domain of the envelope sender says that it takes no mail' },
  SENDER_BAD_MX: {
    score: 1.5,
    description: 'MX of the envelope sender leads to no host, or to a private one',
  },
  FROM_NO_MX: { score: 1.5, description: 'Domain of the author has neither MX nor address' },
  FROM_NULL_MX: { score: 0.5, description: 'Domain of the author says that it takes no mail' },
  FROM_BAD_MX: { score: 1, description: 'MX of the author leads to no host, or to a private one' },
  SENDER_MX_FAIL: { score: 0, description: 'MX of the sender could not be looked up for the time being' },
};

const SUFFIXES: Partial<Record<Finding, string>> = { none: '_NO_MX', null: '_NULL_MX', bad: '_BAD_MX' };

/** Symbols it gives, when it is on. */
export const senderDnsSymbols = ({ enabled }: Pick<SenderDnsSettings, 'enabled'>): Check['symbols'] =>
  enabled ? SYMBOLS : {};

/** Asks for the envelope sender's domain, and for the author's when it is another one; of remote clients only. */
export function createSenderDnsCheck(settings: SenderDnsSettings): Check {
  return {
    name: 'sender-dns',
    symbols: senderDnsSymbols(settings),
    run(context) {
      const { resolver } = context;
      if (!settings.enabled || resolver === undefined || !isRemote(context.envelope.client)) return [];
      return run(context, resolver, settings.timeLimit);
    },
  };
}

async function run(
  { message, envelope }: CheckContext,
  resolver: Resolver,
  timeLimit: number,
): Promise<CheckHit[]> {
  const sender = domainOf(envelope.sender);
  const from = domainOf(mailboxes(message.header.get('from'))[0]?.address ?? '');
  const asked: [prefix: string, domain: string][] = [];
  if (isAsked(sender)) asked.push(['SENDER', sender]);
  if (isAsked(from) && organizationalDomain(from) !== organizationalDomain(sender))
    asked.push(['FROM', from]);
  const findings = await Promise.all(
    asked.map(async ([prefix, domain]) => ({
      prefix,
      domain,
      found: await inTime(find(domain, resolver), timeLimit),
    })),
  );
  return findings.flatMap(({ prefix, domain, found }): CheckHit[] => {
    if (found === 'unknown') return [{ symbol: 'SENDER_MX_FAIL', detail: quote(domain) }];
    const suffix = SUFFIXES[found];
    return suffix === undefined ? [] : [{ symbol: `${prefix}${suffix}`, detail: quote(domain) }];
  });
}

/** A name; address literals can be answered without the DNS. */
const isAsked = (domain: string): boolean => /^[^[\]]*\.[^[\]]*$/.test(domain) && isPossibleName(domain);

async function find(domain: string, resolver: Resolver): Promise<Finding> {
  try {
    const exchanges = await ask(() => resolver.resolve(domain, 'MX'));
    if (exchanges.length === 0) return byAddresses(await addressesOf(domain, resolver));
    if (exchanges.length === 1 && isNull(exchanges[0]?.exchange)) return 'null';
    let some = false;
    for (const { exchange } of byPriority(exchanges).slice(0, MOST_EXCHANGES)) {
      // An address in the place of a name leads nowhere (RFC 5321 §5.1).
      if (isNull(exchange) || isIP(exchange) !== 0 || !isPossibleName(exchange)) continue;
      some ||= (await addressesOf(exchange, resolver)).some(isPublic);
      if (some) break;
    }
    return some ? 'good' : 'bad';
  } catch (error) {
    if (error instanceof DnsError) return 'unknown';
    throw error;
  }
}

const byAddresses = (addresses: readonly string[]): Finding => {
  if (addresses.length === 0) return 'none';
  return addresses.some(isPublic) ? 'good' : 'bad';
};

const isNull = (exchange: string | undefined): boolean => exchange === '' || exchange === '.';
const isPublic = (address: string): boolean => !isPrivateAddress(address) && !address.startsWith('0.');
const byPriority = (records: readonly MxRecord[]): MxRecord[] =>
  records.toSorted((one, other) => one.priority - other.priority);

async function addressesOf(name: string, resolver: Resolver): Promise<string[]> {
  const four = await ask(() => resolver.resolve(name, 'A'));
  return four.some(isPublic) ? four : [...four, ...(await ask(() => resolver.resolve(name, 'AAAA')))];
}

/** Empty for what is not there; failures are thrown. */
async function ask<T>(question: () => Promise<T[]>): Promise<T[]> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof DnsError && (error.code === 'ENOTFOUND' || error.code === 'ENODATA')) return [];
    throw error;
  }
}

async function inTime(work: Promise<Finding>, milliseconds: number): Promise<Finding> {
  const { promise, resolve } = Promise.withResolvers<Finding>();
  const timer = setTimeout(() => resolve('unknown'), milliseconds);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
