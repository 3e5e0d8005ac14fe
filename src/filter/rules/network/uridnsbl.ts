/** Lists of the hosts of links: `urirhsbl`, `uridnsbl` and their like, which `check_uridnsbl` rules refer to. */
import { isIP } from 'node:net';
import { isWithin } from '../../dns-lists/subjects.ts';
import { organizationalDomain } from '../../views/domains.ts';
import { words } from '../evals/support/globs.ts';
import type { RuleSettingValues } from '../evals/types.ts';
import { backwards } from './addresses.ts';
import { anyAnswer, type AskFunction, type Asking, zoneOf } from './types.ts';

/** What of a link is asked for: its registered domain, addresses of its name servers, or their names. */
type Subject = 'domain' | 'address' | 'ns-domain' | 'ns-name';

interface UriList {
  readonly subject: Subject;
  readonly zone: string;
  readonly type: 'A' | 'TXT';
  readonly test: string | undefined;
}

const DIRECTIVES: Readonly<Record<string, Subject>> = {
  urirhsbl: 'domain',
  urirhssub: 'domain',
  uridnsbl: 'address',
  uridnssub: 'address',
  urinsrhsbl: 'ns-domain',
  urinsrhssub: 'ns-domain',
  urifullnsrhsbl: 'ns-name',
  urifullnsrhssub: 'ns-name',
};

/** Domains of one message, unless the rule files say otherwise. */
const MOST_DOMAINS = 20;
/** Of these so many are resolved: each takes several questions. */
const MOST_RESOLVED = 5;
/** Name servers of a domain, and addresses of a name, that are looked at. */
const MOST_SERVERS = 3;
const MOST_ADDRESSES = 4;

/** `directive RULE zone. type test`, by rule. */
function listsOf(settings: RuleSettingValues): ReadonlyMap<string, UriList> {
  const lists = new Map<string, UriList>();
  for (const [directive, subject] of Object.entries(DIRECTIVES))
    for (const value of settings.all(directive)) {
      const [rule = '', zone = '', type = 'A', ...test] = value.trim().split(/\s+/);
      const text = test.join(' ');
      lists.set(rule, {
        subject,
        zone: zoneOf(zone),
        type: type.toUpperCase() === 'TXT' ? 'TXT' : 'A',
        test: text === '' ? undefined : text,
      });
    }
  return lists;
}

const skipped = (settings: RuleSettingValues): ReadonlySet<string> =>
  new Set(words(settings, 'uridnsbl_skip_domain').map((word) => word.toLowerCase()));

interface Hosts {
  /** Registered domain by host. */
  readonly names: ReadonlyMap<string, string>;
  readonly addresses: readonly string[];
}

function hostsOf(asking: Asking): Hosts {
  const { settings, views } = asking.context;
  const skip = settings.derived(skipped);
  const asked = settings.last('uridnsbl_max_domains');
  const stated = asked === undefined || asked === '' ? Number.NaN : Number(asked);
  const most = Number.isInteger(stated) ? Math.min(Math.max(stated, 0), 100) : MOST_DOMAINS;
  const names = new Map<string, string>();
  const addresses = new Set<string>();
  const domains = new Set<string>();
  for (const { hosts } of views.uriDetails)
    for (const [host, domain] of hosts) {
      const name = host.toLowerCase();
      if (isIP(name) !== 0) {
        if (addresses.size < most) addresses.add(name);
        continue;
      }
      if (isWithin(name, skip) || isWithin(name, asking.exempt)) continue;
      if (!domains.has(domain) && domains.size >= most) continue;
      domains.add(domain);
      names.set(name, domain.toLowerCase());
    }
  return { names, addresses: [...addresses] };
}

const checkUridnsbl: AskFunction = async ({ name, args, tflags }, asking) => {
  const lists = asking.context.settings.derived(listsOf);
  const list = lists.get(args[0] ?? name) ?? lists.get(name);
  if (list === undefined) return false;
  const { names, addresses } = hostsOf(asking);
  const direct = addresses.flatMap((ip) => backwards(ip) ?? []);
  const domains = [...new Set(names.values())];
  const found = { name, zone: list.zone, type: list.type };
  const test = asking.subtest(list.test);
  if (list.subject === 'domain') {
    const hosts = tflags.has('notrim') ? [...names.keys()].slice(0, MOST_DOMAINS) : domains;
    const questions = tflags.has('ips_only') ? [] : hosts;
    return anyAnswer(asking, found, [...questions, ...(tflags.has('domains_only') ? [] : direct)], test);
  }
  const resolved = domains.slice(0, MOST_RESOLVED);
  if (list.subject === 'address') {
    const hosts = [...names.keys()].slice(0, MOST_RESOLVED);
    const wanted = await Promise.all([
      ...(tflags.has('a') ? hosts.map((host) => addressesOf(host, asking)) : []),
      ...(tflags.has('ns') || !tflags.has('a')
        ? resolved.map((domain) => serverAddresses(domain, asking))
        : []),
    ]);
    return anyAnswer(asking, found, [...direct, ...wanted.flat().flatMap((ip) => backwards(ip) ?? [])], test);
  }
  const servers = (await Promise.all(resolved.map((domain) => serversOf(domain, asking)))).flat();
  const questions =
    list.subject === 'ns-name' ? servers : servers.flatMap((server) => organizationalDomain(server) ?? []);
  return anyAnswer(asking, found, questions, test);
};

async function serversOf(domain: string, { lookups }: Asking): Promise<string[]> {
  const found = await lookups.records(domain, 'NS');
  return typeof found === 'string' ? [] : found.slice(0, MOST_SERVERS);
}

async function addressesOf(host: string, { lookups }: Asking): Promise<string[]> {
  const found = await lookups.records(host, 'A');
  return typeof found === 'string' ? [] : found.slice(0, MOST_ADDRESSES);
}

async function serverAddresses(domain: string, asking: Asking): Promise<string[]> {
  const servers = await serversOf(domain, asking);
  return (await Promise.all(servers.map((server) => addressesOf(server, asking)))).flat();
}

export const uridnsblFunctions: Readonly<Record<string, AskFunction>> = { check_uridnsbl: checkUridnsbl };
