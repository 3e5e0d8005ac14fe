import { z } from 'zod';
import { answerFault } from '../../filter/dns-lists/answers.ts';
import { DNS_LIST_SUBJECTS, type DnsListsSettings } from '../../filter/dns-lists/settings.ts';
import { custom, type Described, domainName, domains, duration, networks, whole } from '../settings.ts';

const answer = z.strictObject({
  symbol: z.string().regex(/^[A-Z][A-Z0-9_]{0,79}$/, 'symbols are UPPER_CASE, at most 80 characters'),
  score: z.number().min(-1000).max(1000),
  description: z.string().max(500).optional(),
});

const pattern = z.string().superRefine((key, context) => {
  const fault = answerFault(key);
  if (fault !== undefined) context.addIssue(fault);
});

const list = z.strictObject({
  zone: domainName,
  ask: z.array(z.enum(DNS_LIST_SUBJECTS)).min(1),
  answers: z.record(pattern, answer).default({}),
  otherwise: answer.optional(),
  blocked: z.array(pattern).max(100).optional(),
  whole: z.boolean().optional(),
  hash: z.enum(['md5', 'sha1', 'sha256']).optional(),
  ipv6: z.boolean().optional(),
});

export const dnsListsSettings: Described<DnsListsSettings> = {
  lists: custom(
    z.record(z.string().regex(/^[\w.-]{1,60}$/, 'names are of letters, digits, "_", "-" and "."'), list),
    'Lists to ask: {zone, ask: [client, received, link_addresses, link_servers, links, helo, reverse_name, sender, ' +
      'from, reply_to, dkim, emails], answers: {127.0.0.2: {symbol, score, description}, 127.0.0.4/30: …, "&8": …}, otherwise: {symbol, …}, ' +
      'blocked: [address], whole: true for names as they are, hash: md5, sha1 or sha256 of emails, ipv6: true}.',
  ),
  exempt: domains('Domains that are never asked for, with what is below them.'),
  trustedNetworks: networks('Our own relays: Received fields are believed down to the first host outside.'),
  hops: whole(0, 50, 'Addresses taken from Received fields.'),
  links: whole(0, 1000, 'Names, and addresses, taken from links; for each list.'),
  linkServers: whole(0, 100, 'Names of links that are resolved, for lists of the servers they lead to.'),
  emails: whole(
    0,
    1000,
    'Mail addresses taken from fields and text, for lists that know them by their hash.',
  ),
  timeLimit: duration('ms', '10ms', '1m', 'Time a message waits for all lists together'),
  pause: duration('s', '1s', '1d', 'Time a list is left alone that refuses to answer or is silent'),
};
