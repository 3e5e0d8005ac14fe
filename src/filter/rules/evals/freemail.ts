/** Eval functions on addresses anybody can have (`freemail_domains`): who writes from one, and wants the answer at another. */
import { publicSuffix } from '../../views/domains.ts';
import type { Octets } from '../../views/types.ts';
import { envelopeSender, senders } from './support/addresses.ts';
import { patternOf } from './support/arguments.ts';
import { globPattern, words } from './support/globs.ts';
import type { EvalContext, EvalFunction, RuleSettingValues } from './types.ts';

type Context = EvalContext;

interface FreemailSettings {
  readonly domains: ReadonlySet<string>;
  readonly patterns: readonly RegExp[];
  /** Addresses and domains that do not count. */
  readonly except: ReadonlySet<string>;
  readonly exceptSenders: readonly RegExp[];
  readonly maxAddresses: number;
  readonly maxFreemails: number;
  readonly skipOverMax: boolean;
  readonly skipBulk: boolean;
}

function freemailSettings(settings: RuleSettingValues): FreemailSettings {
  const domains = words(settings, 'freemail_domains').map((word) => word.toLowerCase());
  const number = (name: string, otherwise: number): number => {
    const value = Number(settings.last(name));
    return settings.last(name) === undefined || Number.isNaN(value) ? otherwise : value;
  };
  const imported = ['welcomelist_auth', 'def_welcomelist_auth'].filter(
    (name) => number(`freemail_import_${name}`, 0) !== 0,
  );
  return {
    domains: new Set(domains.filter((domain) => !/[*?]/.test(domain))),
    patterns: domains
      .filter((domain) => /[*?]/.test(domain))
      .map(
        (domain) =>
          new RegExp(`@${domain.replaceAll('.', '\\.').replaceAll('?', '.').replace(/\*+/g, '[^.]*')}$`),
      ),
    except: new Set(words(settings, 'freemail_welcomelist').map((word) => word.toLowerCase())),
    exceptSenders: imported
      .flatMap((name) => words(settings, name))
      .map((glob) => globPattern(glob.toLowerCase())),
    maxAddresses: number('freemail_max_body_emails', 5),
    maxFreemails: number('freemail_max_body_freemails', 3),
    skipOverMax: number('freemail_skip_when_over_max', 1) !== 0,
    skipBulk: number('freemail_skip_bulk_envfrom', 1) !== 0,
  };
}

/** Addresses of roles and machines, which providers have of their own. */
const OF_PROVIDER =
  /^(?:abuse|support|sales|info|helpdesk|contact|kontakt|(?:post|host|domain)master|undisclosed.*|request-[a-f0-9]{16}|bounced?-|[a-f0-9]{8}(?:\.[a-f0-9]{8}|-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12})|[^=]+=[^=]+=.+)@/;
/** Senders of lists and machines. */
const BULK_SENDER =
  /^(?:post|host|domain)master@|^double-bounce@|^(?:sentto|owner|return|(?:gr)?bounced?)-.+@|-(?:request|bounces?|admin|owner)@|\b(?:do[._t-]?)?no[._t-]?repl(?:y|ies)@|.=.+@/i;

function isFreemail({ settings }: Context, address: Octets): boolean {
  const { domains, patterns, except, exceptSenders } = settings.derived(freemailSettings);
  const domain = address.slice(address.lastIndexOf('@') + 1);
  if (address === '' || except.has(address) || except.has(domain) || OF_PROVIDER.test(address)) return false;
  if (!domains.has(domain) && !patterns.some((pattern) => pattern.test(address))) return false;
  return !exceptSenders.some((pattern) => pattern.test(address));
}

const ADDRESS =
  /(?<![a-z0-9!#$%&'*+/=?^_`{|}~-])([a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,64}){0,20}@(?:[a-z0-9](?:[a-z0-9-]{0,59}[a-z0-9])?\.){1,4}[a-z][a-z0-9-]{1,30})/gi;
/** An address that a label follows (`phone:`) is one of a list of contacts. */
const IN_LIST = /^(?:>|\s{1,10}(?!(?:fa(?:x|csi)|tel|phone|e?-?mail))[a-z]{2,11}:)/i;
const WEB_ADDRESS = /<?https?:\/\/\S{0,255}(?:@|%40)\S{0,255}/gi;
/** Addresses read in links and in all. */
const MAX_LINKED = 20;
const MAX_FOUND = 40;
/** An `@` in this many places of a line, at most: what is none costs as much as what is one. */
const MAX_SIGNS = 200;

/** Free addresses in the text and its links; undefined when there are so many that it is a list of some kind. */
function inBody(context: Context): ReadonlySet<Octets> | undefined {
  const { maxAddresses, maxFreemails, skipOverMax } = context.settings.derived(freemailSettings);
  const free = new Set<Octets>();
  let count = 0;
  for (const address of addressesInBody(context)) {
    if (++count === maxAddresses && skipOverMax) return undefined;
    if (!isFreemail(context, address)) continue;
    if (free.size + 1 === maxFreemails && skipOverMax) return undefined;
    free.add(address);
  }
  return free;
}

function addressesInBody({ views }: Context): ReadonlySet<Octets> {
  const found = new Set<Octets>();
  for (const { raw, types } of views.uriDetails) {
    if (!types.has('a') || types.has('parsed') || !/^mailto:/i.test(raw)) continue;
    const address = [...raw.slice(7, 400).matchAll(ADDRESS)][0];
    if (address?.index === 0 && isDeliverable(address[1] ?? '')) found.add((address[1] ?? '').toLowerCase());
    if (found.size >= MAX_LINKED) break;
  }
  for (const line of views.body) {
    if (!line.includes('@')) continue;
    const text = line.includes('://') ? line.replace(WEB_ADDRESS, ' ') : line;
    if (text.split('@', MAX_SIGNS + 1).length > MAX_SIGNS) continue;
    for (const match of text.matchAll(ADDRESS)) {
      const address = (match[1] ?? '').toLowerCase();
      const before = text.slice(Math.max(0, match.index - 7), match.index);
      if (
        before !== 'mailto:' &&
        IN_LIST.test(text.slice(match.index + match[0].length, match.index + match[0].length + 30))
      )
        continue;
      if (isDeliverable(address)) found.add(address);
      if (found.size >= MAX_FOUND) return found;
    }
  }
  return found;
}

const isDeliverable = (address: Octets): boolean =>
  publicSuffix(address.slice(address.lastIndexOf('@') + 1)) !== undefined;

const lower = ({ views }: Context, field: string): readonly Octets[] =>
  views.header(field).map((address) => address.toLowerCase());

/** The field's addresses; those of the envelope are one as they are. */
function addressesOf(context: Context, field: string): readonly Octets[] {
  const name = field.replace(/:addr$/, '');
  return name.toLowerCase() === 'envelopefrom'
    ? [envelopeSender(context).toLowerCase()]
    : lower(context, `${name}:addr`);
}

const matches = (context: Context, addresses: Iterable<Octets>, pattern: string | undefined): boolean => {
  const expression = pattern === undefined ? undefined : patternOf(pattern);
  for (const address of addresses)
    if (isFreemail(context, address) && expression?.test(address) !== false) return true;
  return false;
};

/** `check_freemail_from(['pattern'])`: any field that tells who sent it. */
const from: EvalFunction = (context, [pattern]) =>
  matches(context, new Set(senders(context).map((address) => address.toLowerCase())), pattern);

/** `check_freemail_header('Reply-To', ['pattern'])` */
const header: EvalFunction = (context, [field = '', pattern]) =>
  matches(context, addressesOf(context, field), pattern);

/** `check_freemail_body(['pattern'])` */
const body: EvalFunction = (context, [pattern]) => matches(context, context.derived(inBody) ?? [], pattern);

/**
 * `check_freemail_replyto('replyto')`: From and Reply-To, or Reply-To and the text, name different free addresses;
 * `'reply'`: likewise From and the text, when there is no Reply-To.
 */
const replyTo: EvalFunction = (context, [what = 'replyto']) => {
  if (context.settings.derived(freemailSettings).skipBulk && BULK_SENDER.test(envelopeSender(context)))
    return false;
  const authors = lower(context, 'From:addr');
  const answers = lower(context, 'Reply-To:addr');
  const authorIsFree = authors.some((address) => isFreemail(context, address));
  const answerIsFree = answers.some((address) => isFreemail(context, address));
  if (authorIsFree && answerIsFree && !authors.some((address) => answers.includes(address))) return true;
  if (what === 'replyto' && !answerIsFree) return false;
  if (what === 'reply' && (answers.length > 0 ? !answerIsFree : !authorIsFree)) return false;
  const compared = what === 'replyto' || answerIsFree ? answers : authors;
  const found = context.derived(inBody) ?? new Set<Octets>();
  return [...found].some((address) => compared.some((one) => one !== address));
};

export const freemailEvals: Readonly<Record<string, EvalFunction>> = {
  check_freemail_from: from,
  check_freemail_header: header,
  check_freemail_body: body,
  check_freemail_replyto: replyTo,
};
