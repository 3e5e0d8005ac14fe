/** Eval functions on an address in the display name of From, for rule files that load the FromNameSpoof plugin. */
import { organizationalDomain, publicSuffix } from '../../views/domains.ts';
import { domainOf } from './support/addresses.ts';
import { words } from './support/globs.ts';
import type { EvalContext, EvalFunction, RuleSettingValues } from './types.ts';

type Context = EvalContext;

const ADDRESS = /[\w.+-]{1,64}\s?@\s?([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})/;

interface Names {
  /** Address in the display name; '' when it holds none. */
  readonly shown: string;
  readonly actual: string;
  /** `example` of `mail.example.co.uk`: who has that name under several top level domains is one. */
  readonly shownOwner: string;
  readonly actualOwner: string;
}

function namesOf({ views }: Context): Names {
  const name = views.header('From:name')[0] ?? '';
  const shown = (ADDRESS.exec(name.slice(0, 1000))?.[0] ?? '').replace(/\s/g, '').toLowerCase();
  const actual = (views.header('From:addr')[0] ?? '').toLowerCase();
  return { shown, actual, shownOwner: ownerOf(shown), actualOwner: ownerOf(actual) };
}

function ownerOf(address: string): string {
  const host = domainOf(address);
  const domain = organizationalDomain(host) ?? host;
  const suffix = publicSuffix(host);
  return suffix === undefined ? domain : domain.slice(0, -suffix.length - 1);
}

const list =
  (directive: string) =>
  (settings: RuleSettingValues): ReadonlySet<string> =>
    new Set(words(settings, directive).map((word) => word.toLowerCase()));
const ignoredSigners = list('fns_ignore_dkim');
const ignoredFields = list('fns_ignore_headers');

/** Lists and forms put names of others into From and say so. */
function isIgnored({ settings, authentication, message }: Context): boolean {
  const signers = settings.derived(ignoredSigners);
  if (
    authentication.dkim.some(({ result, domain }) => result === 'pass' && signers.has(domain.toLowerCase()))
  )
    return true;
  return [...settings.derived(ignoredFields)].some((field) => message.header.get(field) !== undefined);
}

/** `fns_check` 0: another address; 1: of another owner; 2: and of another domain. */
function isSpoofed(context: Context): boolean {
  const { shown, actual, shownOwner, actualOwner } = context.derived(namesOf);
  if (shown === '' || actual === '' || shown === actual || isIgnored(context)) return false;
  const level = context.settings.last('fns_check')?.trim() ?? '1';
  if (level === '0') return true;
  if (level === '2' && domainOf(shown) === domainOf(actual)) return false;
  return shownOwner !== actualOwner;
}

const isSameAs =
  (field: string): EvalFunction =>
  (context) => {
    const { shown } = context.derived(namesOf);
    return (
      isSpoofed(context) && context.views.header(`${field}:addr`).some((one) => one.toLowerCase() === shown)
    );
  };

export const fromNameEvals: Readonly<Record<string, EvalFunction>> = {
  check_fromname_contains_email: (context) => context.derived(namesOf).shown !== '',
  check_fromname_different: (context) => {
    const { shown, actual } = context.derived(namesOf);
    return shown !== '' && shown !== actual;
  },
  check_fromname_owners_differ: (context) => {
    const { shown, shownOwner, actualOwner } = context.derived(namesOf);
    return shown !== '' && shownOwner !== actualOwner;
  },
  check_fromname_domain_differ: (context) => {
    const { shown, actual } = context.derived(namesOf);
    return shown !== '' && domainOf(shown) !== domainOf(actual);
  },
  check_fromname_spoof: (context) => isSpoofed(context),
  check_fromname_equals_to: isSameAs('To'),
  check_fromname_equals_replyto: isSameAs('Reply-To'),
};
