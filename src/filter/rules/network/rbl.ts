/** Lists of addresses and names of relays and senders: `check_rbl` and its like. */
import { organizationalDomain } from '../../views/domains.ts';
import { domainOf, envelopeSender, senders } from '../evals/support/addresses.ts';
import { words } from '../evals/support/globs.ts';
import { backwards, relayAddresses } from './addresses.ts';
import { anyAnswer, type AskFunction, type Asking, type AskingRule, zoneOf } from './types.ts';

/** Names or addresses asked for of one message and rule. */
const MOST = 10;

const relays =
  (type: 'A' | 'TXT'): AskFunction =>
  async ({ args: [set = '', zone = '', test] }, asking) =>
    anyAnswer(
      asking,
      { name: set, zone: zoneOf(zone), type },
      relayAddresses(set, asking).flatMap((ip) => backwards(ip) ?? []),
      asking.subtest(test),
    );

/** Another test on the answers of a set: the same questions, which are asked once. */
const sub: AskFunction = async ({ args: [set = '', test] }, asking) => {
  const list = asking.sets.get(set);
  if (list === undefined) return false;
  const questions = relayAddresses(set, asking).flatMap((ip) => backwards(ip) ?? []);
  return anyAnswer(asking, { name: set, ...list }, questions, asking.subtest(test));
};

const names =
  (namesOf: (asking: Asking, rule: AskingRule) => readonly string[]): AskFunction =>
  async (rule, asking) => {
    const { args } = rule;
    const [set = '', zone = '', test] = args;
    const questions = namesOf(asking, rule)
      .filter((name) => /^[^\s[\]@]+\.[^\s[\]@]+$/.test(name))
      .slice(0, MOST);
    return anyAnswer(asking, { name: set, zone: zoneOf(zone), type: 'A' }, questions, asking.subtest(test));
  };

const fromHosts = ({ context }: Asking): string[] => senders(context).map(domainOf);

/** Addresses of the name servers of the sender's domain. */
const nameServers: AskFunction = async ({ args: [set = '', zone = '', test] }, asking) => {
  const { lookups } = asking;
  const addresses: string[] = [];
  for (const host of fromHosts(asking).slice(0, 2)) {
    const domain = organizationalDomain(host);
    const servers = domain === undefined ? 'none' : await lookups.records(domain, 'NS');
    if (typeof servers === 'string') continue;
    for (const server of servers.slice(0, MOST)) {
      const found = await lookups.records(server, 'A');
      if (typeof found !== 'string') addresses.push(...found.slice(0, 2));
    }
  }
  const list = { name: set, zone: zoneOf(zone), type: 'A' as const };
  return anyAnswer(
    asking,
    list,
    addresses.flatMap((ip) => backwards(ip) ?? []),
    asking.subtest(test),
  );
};

/** The domain of the envelope sender has neither an MX nor an address: answers to it reach nobody. */
const dnsSender: AskFunction = async (_rule, { context, lookups }) => {
  const domain = domainOf(envelopeSender(context));
  if (domain === '') return false;
  for (const type of ['MX', 'A', 'AAAA'] as const)
    if ((await lookups.records(domain, type)) !== 'none') return false;
  return true;
};

export const rblFunctions: Readonly<Record<string, AskFunction>> = {
  check_rbl: relays('A'),
  check_rbl_txt: relays('TXT'),
  check_rbl_sub: sub,
  check_rbl_from_host: names(fromHosts),
  check_rbl_from_domain: names((asking) =>
    fromHosts(asking).flatMap((host) => organizationalDomain(host) ?? []),
  ),
  check_rbl_envfrom: names(({ context }) => [domainOf(envelopeSender(context))]),
  check_rbl_ns_from: nameServers,
  check_rbl_rcvd: names(({ context: { views } }) => views.relays.untrustedRelays.map(({ rdns }) => rdns)),
  check_rbl_headers: names(({ context }, { args: [, , , fields] }) => {
    const asked = fields === undefined ? words(context.settings, 'rbl_headers') : [fields];
    return asked
      .flatMap((list) => list.split(/[,\s]+/))
      .flatMap((field) => context.views.header(`${field}:addr`).map(domainOf));
  }),
  check_dns_sender: dnsSender,
};
