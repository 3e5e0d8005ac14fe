/** Eval functions on the lists of the settings: senders, recipients, subjects, hosts that are welcome or not. */
import { networkFault, Networks } from '../../../net/networks.ts';
import { firstAddress, recipients, senders } from './support/addresses.ts';
import { GlobMap, globPattern, Globs, namedLists, words } from './support/globs.ts';
import type { EvalContext, EvalFunction, RuleSettingValues } from './types.ts';

type Context = EvalContext;

/** Directives whose words are a list of addresses, and their names as lists. */
const ADDRESS_LISTS = [
  'welcomelist_from',
  'blocklist_from',
  'welcomelist_to',
  'blocklist_to',
  'more_spam_to',
  'all_spam_to',
  'welcomelist_allows_relays',
];

function addressLists(settings: RuleSettingValues): ReadonlyMap<string, Globs> {
  const enlisted = namedLists(settings, 'enlist_addrlist');
  const names = new Set([...ADDRESS_LISTS, ...enlisted.keys()]);
  return new Map(
    [...names].map((name) => {
      const own = ADDRESS_LISTS.includes(name) ? words(settings, name) : [];
      return [name, new Globs([...own, ...(enlisted.get(name) ?? [])])];
    }),
  );
}

const isListed = ({ settings }: Context, list: string, addresses: readonly string[]): boolean => {
  const globs = settings.derived(addressLists).get(list);
  return globs !== undefined && addresses.some((address) => globs.has(address));
};

const fromIn =
  (list?: string): EvalFunction =>
  (context, [argument = '']) =>
    isListed(context, list ?? argument, senders(context));

const toIn =
  (list?: string): EvalFunction =>
  (context, [argument = '']) =>
    isListed(context, list ?? argument, recipients(context));

const replyToIn: EvalFunction = (context, [list = '']) => {
  const address = firstAddress(context, 'Reply-To');
  return address !== '' && isListed(context, list, [address]);
};

type OriginTest = (relay: { readonly ip: string; readonly rdns: string }) => boolean;

/** `welcomelist_from_rcvd address origin`: where the mail of a sender must come from. */
const receivedEntries =
  (directive: string) =>
  (settings: RuleSettingValues): GlobMap<OriginTest> =>
    new GlobMap(
      settings.all(directive).flatMap((value) => {
        const [address, origin] = value.trim().split(/\s+/);
        return address === undefined || origin === undefined
          ? []
          : [[address, originTest(origin.toLowerCase())] as const];
      }),
    );

const welcomed = receivedEntries('welcomelist_from_rcvd');
const welcomedByDefault = receivedEntries('def_welcomelist_from_rcvd');

/** A domain that the reverse name ends in; `[address]`, `[address]/bits` or `[192.0.2]` for the address. */
function originTest(origin: string): OriginTest {
  const [, inside = '', bits = ''] = /^\[(.*)\](\/\d{1,3})?$/.exec(origin) ?? [];
  if (inside === '') return ({ rdns }) => `.${rdns.toLowerCase()}`.endsWith(`.${origin}`);
  if (/^[\d.]+$/.test(inside) && inside.split('.').filter((part) => part !== '').length < 4 && bits === '')
    return ({ ip }) => ip.startsWith(`${inside.replace(/\.*$/, '')}.`);
  const entry = `${inside}${bits}`;
  if (networkFault(entry) !== undefined) return () => false;
  const networks = new Networks([entry]);
  return ({ ip }) => networks.has(ip);
}

/** `welcome`; `forged` when the sender is listed, and the mail does not come from where it should. */
function receivedVerdict(context: Context, entries: GlobMap<OriginTest>): 'welcome' | 'forged' | undefined {
  const { trustedRelays, untrustedRelays } = context.views.relays;
  const relays = untrustedRelays.length > 0 ? untrustedRelays.slice(0, 1) : trustedRelays;
  if (relays.length === 0 || entries.isEmpty) return undefined;
  let forged = false;
  for (const sender of senders(context))
    for (const from of entries.matches(sender)) {
      if (relays.some(from)) return 'welcome';
      forged ||= !isListed(context, 'welcomelist_allows_relays', [sender]);
    }
  return forged ? 'forged' : undefined;
}

function byAdmin(context: Context): 'welcome' | 'forged' | undefined {
  if (isListed(context, 'welcomelist_from', senders(context))) return 'welcome';
  return receivedVerdict(context, context.settings.derived(welcomed));
}

const byDefault = (context: Context): 'welcome' | 'forged' | undefined =>
  receivedVerdict(context, context.settings.derived(welcomedByDefault));

interface SubjectLists {
  readonly welcomelist: readonly RegExp[];
  readonly blocklist: readonly RegExp[];
}

/** A line of them is one pattern, which may match anywhere. */
function subjectLists(settings: RuleSettingValues): SubjectLists {
  const patterns = (directive: string): readonly RegExp[] =>
    settings.all(directive).map((value) => globPattern(value.trim().toLowerCase(), false));
  return { welcomelist: patterns('welcomelist_subject'), blocklist: patterns('blocklist_subject') };
}

const subjectIn =
  (list: keyof SubjectLists): EvalFunction =>
  ({ views, settings }) => {
    const subject = (views.headerText('Subject') ?? '').toLowerCase();
    return subject !== '' && settings.derived(subjectLists)[list].some((pattern) => pattern.test(subject));
  };

/** Hosts by list; `!host` is one that is not meant although its domain is. */
function hostLists(settings: RuleSettingValues): ReadonlyMap<string, ReadonlyMap<string, boolean>> {
  const lists = new Map<string, Map<string, boolean>>();
  const add = (list: string, hosts: readonly string[]): void => {
    const own = lists.get(list) ?? new Map<string, boolean>();
    for (const host of hosts)
      own.set(
        host
          .replace(/^!/, '')
          .replace(/^\.|\.$/g, '')
          .toLowerCase(),
        !host.startsWith('!'),
      );
    lists.set(list, own);
  };
  for (const [list, hosts] of namedLists(settings, 'enlist_uri_host')) add(list, hosts);
  add('BLOCK', words(settings, 'blocklist_uri_host'));
  add('WELCOME', words(settings, 'welcomelist_uri_host'));
  return lists;
}

/** Labels of a host that are looked up with and without those before them. */
const MAX_LABELS = 10;

/** `check_uri_host_listed('LIST')`: a host in the text, or a domain it is under. */
const hostListed =
  (list?: string): EvalFunction =>
  (context, [argument = '']) => {
    const hosts = context.settings.derived(hostLists).get(list ?? argument);
    if (hosts === undefined || hosts.size === 0) return false;
    return context.derived(linkedHosts).some((host) => {
      const labels = host.split('.');
      const tails = /^[\d.]+$/.test(host)
        ? [host]
        : labels.map((_, at) => labels.slice(at).join('.')).slice(-MAX_LABELS);
      const name = tails.find((tail) => hosts.has(tail));
      return name !== undefined && hosts.get(name) === true;
    });
  };

const linkedHosts = ({ views }: Context): readonly string[] => [
  ...new Set(views.uriDetails.flatMap(({ raw, hosts }) => (/^mailto:/i.test(raw) ? [] : [...hosts.keys()]))),
];

/** Names with `white` and `black` are older ones of the same. */
function withOldNames(evals: Readonly<Record<string, EvalFunction>>): Record<string, EvalFunction> {
  const old = Object.entries(evals).map(([name, run]): [string, EvalFunction] => [
    name.replace('welcomelist', 'whitelist').replace('blocklist', 'blacklist'),
    run,
  ]);
  return { ...evals, ...Object.fromEntries(old) };
}

export const listEvals: Readonly<Record<string, EvalFunction>> = withOldNames({
  check_from_in_list: fromIn(),
  check_to_in_list: toIn(),
  check_replyto_in_list: replyToIn,
  check_from_in_blocklist: fromIn('blocklist_from'),
  check_to_in_blocklist: toIn('blocklist_to'),
  check_to_in_welcomelist: toIn('welcomelist_to'),
  check_to_in_more_spam: toIn('more_spam_to'),
  check_to_in_all_spam: toIn('all_spam_to'),
  check_from_in_welcomelist: (context) => context.derived(byAdmin) === 'welcome',
  check_from_in_default_welcomelist: (context) => context.derived(byDefault) === 'welcome',
  check_forged_in_welcomelist: (context) =>
    context.derived(byAdmin) === 'forged' && context.derived(byDefault) === undefined,
  check_forged_in_default_welcomelist: (context) =>
    context.derived(byDefault) === 'forged' && context.derived(byAdmin) === undefined,
  check_subject_in_welcomelist: subjectIn('welcomelist'),
  check_subject_in_blocklist: subjectIn('blocklist'),
  check_uri_host_listed: hostListed(),
  check_uri_host_in_blocklist: hostListed('BLOCK'),
  check_uri_host_in_welcomelist: hostListed('WELCOME'),
});
