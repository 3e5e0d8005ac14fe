/** What of a message lists are asked about. */
import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { organizationalDomain, normalDomain } from '../../authentication/organizational-domain.ts';
import { isPossibleName, normalName } from '../../net/dns-name.ts';
import { plainAddress } from '../../net/networks.ts';
import { DnsError } from '../../net/resolver.ts';
import { reverseName } from '../../net/reverse-name.ts';
import { allLinks } from '../checks/support/all-links.ts';
import { isRemote } from '../checks/support/client.ts';
import { domainOf, mailboxes } from '../checks/support/domains.ts';
import type { RuleSettingValues } from '../rules/evals/types.ts';
import { isPrivateAddress } from '../rules/relays/field.ts';
import { readRelays } from '../rules/relays/relays.ts';
import type { CheckContext } from '../types.ts';
import type { DnsListSettings, DnsListsSettings, DnsListSubject } from './settings.ts';

/** Names of one header field or of the signatures: honest mail has one or two. */
const MAX_NAMES = 5;

/** Addresses and names of one message, by subject; each worked out when the first list asks for it. */
export type SubjectValues = (subject: DnsListSubject) => Promise<readonly string[]>;

export function createSubjects(settings: DnsListsSettings): (context: CheckContext) => SubjectValues {
  const trust = relaySettings(settings.trustedNetworks);
  const sources = (context: CheckContext): Record<DnsListSubject, () => Values> => ({
    client: () => clientAddress(context),
    received: () => hops(context, trust).slice(0, settings.hops),
    link_addresses: async () => (await hosts(context)).filter(isListedAddress).slice(0, settings.links),
    link_servers: () => serversOfLinks(context, settings),
    links: async () => (await hosts(context)).filter((host) => isIP(host) === 0),
    helo: () => (isRemote(context.envelope.client) ? [context.envelope.client.helo ?? ''] : []),
    reverse_name: () => (isRemote(context.envelope.client) ? [context.envelope.client.name ?? ''] : []),
    sender: () => [domainOf(context.envelope.sender)],
    from: () => fieldDomains(context, 'from'),
    reply_to: () => fieldDomains(context, 'reply-to'),
    dkim: () =>
      context.authentication.dkim
        .filter(({ result }) => result === 'pass')
        .map(({ domain }) => domain)
        .slice(0, MAX_NAMES),
    emails: () => emails(context).slice(0, settings.emails),
  });
  return (context) => {
    const make = sources(context);
    const made = new Map<DnsListSubject, Promise<readonly string[]>>();
    return (subject) => {
      let values = made.get(subject);
      if (values === undefined) {
        values = Promise.resolve(make[subject]());
        made.set(subject, values);
      }
      return values;
    };
  };
}

type Values = readonly string[] | Promise<readonly string[]>;

const isListedAddress = (host: string): boolean => isIP(host) !== 0 && !isPrivateAddress(host);

function clientAddress({ envelope: { client } }: CheckContext): string[] {
  return isRemote(client) && client.address !== undefined ? [plainAddress(client.address)] : [];
}

/** Hosts outside our trust that Received fields name, without the client itself. */
function hops(context: CheckContext, trust: RuleSettingValues): string[] {
  const own = clientAddress(context)[0];
  const addresses = readRelays(context, trust).untrustedRelays.map(({ ip }) => ip);
  return [...new Set(addresses)].filter((ip) => ip !== own && isListedAddress(ip));
}

async function hosts({ message }: CheckContext): Promise<string[]> {
  return [...new Set((await allLinks(message)).map(({ host }) => host))];
}

/** Addresses the names of links have. The servers asked are the sender's: what they do not answer is left out. */
async function serversOfLinks(
  context: CheckContext,
  { exempt, linkServers }: DnsListsSettings,
): Promise<string[]> {
  const { resolver } = context;
  if (resolver === undefined) return [];
  const never = new Set(exempt.map(normalName));
  const names = (await hosts(context)).filter(
    (host) =>
      isIP(host) === 0 && host.includes('.') && isPossibleName(host) && !isWithin(normalName(host), never),
  );
  const found = await Promise.all(
    names.slice(0, linkServers).map((name) =>
      resolver.resolve(name, 'A').catch((error: unknown) => {
        if (error instanceof DnsError) return [];
        throw error;
      }),
    ),
  );
  return [...new Set(found.flatMap((addresses) => addresses.slice(0, MAX_NAMES)))].filter(isListedAddress);
}

/** Characters of the text in which mail addresses are looked for. */
const MAX_TEXT = 100_000;
const EMAIL = /[\w.+%=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g;

/** Mail addresses, in small letters, of whom answers go to before those of the text. */
function emails({ message, envelope }: CheckContext): string[] {
  const fields = ['reply-to', 'from'].flatMap((name) =>
    mailboxes(message.header.get(name)).map(({ address }) => address),
  );
  const text = message.text.slice(0, MAX_TEXT).match(EMAIL) ?? [];
  const all = [...fields, envelope.sender, ...text].map((address) => address.toLowerCase());
  return [...new Set(all)].filter((address) => /^[^@\s]+@[^@\s]+$/.test(address));
}

const fieldDomains = ({ message }: CheckContext, name: string): string[] => [
  ...new Set(
    mailboxes(message.header.get(name))
      .slice(0, MAX_NAMES)
      .map(({ address }) => domainOf(address)),
  ),
];

/** The reader of Received fields takes its settings as rule files state them. */
function relaySettings(trusted: readonly string[]): RuleSettingValues {
  const made = new Map<unknown, unknown>();
  const values: RuleSettingValues = {
    all: (directive) => (directive === 'trusted_networks' ? trusted : []),
    last: () => undefined,
    derived<T>(make: (settings: RuleSettingValues) => T): T {
      if (!made.has(make)) made.set(make, make(values));
      return made.get(make) as T;
    },
  };
  return values;
}

/** Whether a name is one of these domains or below one. */
export function isWithin(name: string, domains: ReadonlySet<string>): boolean {
  for (let rest = name; rest !== ''; ) {
    if (domains.has(rest)) return true;
    const dot = rest.indexOf('.');
    rest = dot < 0 ? '' : rest.slice(dot + 1);
  }
  return false;
}

/** Subjects that are addresses; what of the others looks like one is no name, and is not asked for. */
const ADDRESSES: ReadonlySet<DnsListSubject> = new Set([
  'client',
  'received',
  'link_addresses',
  'link_servers',
]);

/**
 * The name to ask a list for: an address backwards (RFC 5782 §2.1, RFC 5782 §2.4), a name as it is or the domain that
 * was registered (RFC 5782 §3), a mail address by its hash. Undefined for what this list is not asked about.
 */
export function questionName(
  subject: DnsListSubject,
  value: string,
  list: Pick<DnsListSettings, 'zone' | 'whole' | 'ipv6' | 'hash'>,
): string | undefined {
  if (subject === 'emails')
    return `${createHash(list.hash ?? 'sha1')
      .update(value)
      .digest('hex')}.${list.zone}`;
  const family = isIP(value);
  if (ADDRESSES.has(subject) !== (family !== 0)) return undefined;
  if (family === 6 && list.ipv6 !== true) return undefined;
  const name =
    family === 0
      ? nameAsked(value, list.whole === true)
      : reverseName(value)?.replace(/\.(?:in-addr|ip6)\.arpa$/, '');
  if (name === undefined) return undefined;
  const full = `${name}.${list.zone}`;
  return isPossibleName(full) ? full : undefined;
}

/** A name with a top-level domain; HELO says all sorts of things. */
function nameAsked(value: string, whole: boolean): string | undefined {
  const name = whole ? normalDomain(value) : organizationalDomain(value);
  return /^[^\s[\]]+\.[^\s.[\]\d][^\s.[\]]*$/.test(name) ? name : undefined;
}
