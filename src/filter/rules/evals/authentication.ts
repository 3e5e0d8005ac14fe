/** Eval functions on SPF, DKIM, DMARC and ARC: they read what the authenticator found. */
import type { AuthenticationResult } from '../../../authentication/types.ts';
import { organizationalDomain } from '../../views/domains.ts';
import { domainOf, envelopeSender, senders } from './support/addresses.ts';
import { globPattern, words } from './support/globs.ts';
import type { EvalContext, EvalFunction, RuleSettingValues } from './types.ts';

type Context = EvalContext;

const spf =
  (...results: readonly AuthenticationResult[]): EvalFunction =>
  ({ authentication: { spf: found } }) =>
    found.identity === 'mailfrom' && results.includes(found.result);

const spfHelo =
  (...results: readonly AuthenticationResult[]): EvalFunction =>
  ({ authentication: { spf: found, spfHelo: helo } }) => {
    const result = helo ?? (found.identity === 'helo' ? found : undefined);
    return result !== undefined && results.includes(result.result);
  };

/** Domains of the signatures that are valid. */
const signers = ({ authentication: { dkim } }: Context): readonly string[] =>
  dkim.filter(({ result }) => result === 'pass').map(({ domain }) => domain.toLowerCase());

/** `.example.com` and `*.example.com` stand for the domain and all under it. */
const isOf = (domain: string, wanted: string): boolean => {
  const under = /^\*?\.(.*)$/.exec(wanted.toLowerCase())?.[1];
  return under === undefined ? domain === wanted.toLowerCase() : `.${domain}`.endsWith(`.${under}`);
};

/** `check_dkim_valid([domains])` */
const dkimValid: EvalFunction = (context, domains) => {
  const valid = signers(context);
  return domains.length === 0
    ? valid.length > 0
    : valid.some((domain) => domains.some((wanted) => isOf(domain, wanted)));
};

const authorDomains = ({ views }: Context): readonly string[] => views.header('From:addr').map(domainOf);

/** A valid signature of the very domain of From. */
const dkimValidAuthor: EvalFunction = (context, domains) =>
  signers(context).some(
    (domain) =>
      authorDomains(context).includes(domain) &&
      (domains.length === 0 || domains.some((wanted) => isOf(domain, wanted))),
  );

const dkimValidEnvelope: EvalFunction = (context) => {
  const domain = domainOf(envelopeSender(context));
  return domain !== '' && signers(context).includes(domain);
};

/**
 * `check_dkim_adsp('D')`: RFC 5617 is historic, and nobody publishes such records any more; what the settings say of a
 * domain (`adsp_override`) still counts for mail without its signature.
 */
const adsp: EvalFunction = (context, [kinds = '', ...domains]) => {
  const wanted = kinds === '*' ? 'NAD123' : kinds;
  const policies = context.settings.derived(adspOverrides);
  const signed = signers(context);
  return authorDomains(context).some((domain) => {
    if (!domain.includes('.') || signed.includes(domain)) return false;
    if (domains.length > 0 && !domains.some((one) => isOf(domain, one))) return false;
    const kind = overrideFor(policies, domain);
    return kind !== undefined && wanted.includes(kind);
  });
};

const ADSP_KINDS: ReadonlyMap<string, string> = new Map([
  ['nxdomain', 'N'],
  ['unknown', 'U'],
  ['all', 'A'],
  ['discardable', 'D'],
  ['custom_low', '1'],
  ['custom_med', '2'],
  ['custom_high', '3'],
]);

function adspOverrides(settings: RuleSettingValues): ReadonlyMap<string, string> {
  return new Map(
    settings.all('adsp_override').flatMap((value) => {
      const [domain = '', kind = 'discardable'] = value.trim().toLowerCase().split(/\s+/);
      const letter = ADSP_KINDS.get(kind);
      return letter === undefined ? [] : [[domain, letter] as const];
    }),
  );
}

/** The most specific entry: the domain itself, else `*.` with fewer and fewer of its labels. */
function overrideFor(policies: ReadonlyMap<string, string>, domain: string): string | undefined {
  const own = policies.get(domain);
  if (own !== undefined) return own;
  const labels = domain.split('.');
  for (let at = 1; at < labels.length; at++) {
    const found = policies.get(['*', ...labels.slice(at)].join('.'));
    if (found !== undefined) return found;
  }
  return policies.get('*');
}

/** `welcomelist_from_dkim address [signer]`, `welcomelist_auth address`. */
interface Entry {
  readonly address: RegExp;
  readonly signer: string | undefined;
}

const entries =
  (own: string, shared: string) =>
  (settings: RuleSettingValues): readonly Entry[] => [
    ...settings.all(own).flatMap((value): Entry[] => {
      const [address, signer] = value.trim().toLowerCase().split(/\s+/);
      return address === undefined ? [] : [{ address: globPattern(address), signer }];
    }),
    ...words(settings, shared).map(
      (address): Entry => ({ address: globPattern(address.toLowerCase()), signer: undefined }),
    ),
  ];

const senderPatterns =
  (own: string, shared: string) =>
  (settings: RuleSettingValues): readonly RegExp[] =>
    [...words(settings, own), ...words(settings, shared)].map((address) =>
      globPattern(address.toLowerCase()),
    );

/** Signed by the domain of the sender, or by the one the entry names. */
const dkimListed =
  (list: (settings: RuleSettingValues) => readonly Entry[]): EvalFunction =>
  (context) => {
    const valid = signers(context);
    if (valid.length === 0) return false;
    return senders(context).some((sender) => {
      const address = sender.toLowerCase();
      return context.settings
        .derived(list)
        .some(
          ({ address: pattern, signer }) =>
            pattern.test(address) &&
            valid.some((domain) => signs(domain, signer ?? domainOf(address), signer !== undefined)),
        );
    });
  };

const signs = (domain: string, wanted: string, orUnder: boolean): boolean =>
  domain === wanted || (orUnder && organizationalDomain(domain) === wanted);

const spfListed =
  (list: (settings: RuleSettingValues) => readonly RegExp[]): EvalFunction =>
  (context) => {
    const { spf: found } = context.authentication;
    if (found.identity !== 'mailfrom' || found.result !== 'pass') return false;
    const sender = envelopeSender(context).toLowerCase();
    return sender !== '' && context.settings.derived(list).some((pattern) => pattern.test(sender));
  };

const welcomedDkim = dkimListed(entries('welcomelist_from_dkim', 'welcomelist_auth'));
const defaultDkim = dkimListed(entries('def_welcomelist_from_dkim', 'def_welcomelist_auth'));
const welcomedSpf = spfListed(senderPatterns('welcomelist_from_spf', 'welcomelist_auth'));
const defaultSpf = spfListed(senderPatterns('def_welcomelist_from_spf', 'def_welcomelist_auth'));

/** A DMARC failure, under the policy of the domain. */
const dmarcFails =
  (policy: string): EvalFunction =>
  ({ authentication: { dmarc } }) =>
    dmarc.result === 'fail' && dmarc.policy === policy;

const isSigned: EvalFunction = ({ authentication }) => authentication.dkim.length > 0;

export const authenticationEvals: Readonly<Record<string, EvalFunction>> = {
  check_for_spf_pass: spf('pass'),
  check_for_spf_neutral: spf('neutral'),
  check_for_spf_none: spf('none'),
  check_for_spf_fail: spf('fail'),
  check_for_spf_softfail: spf('softfail'),
  check_for_spf_permerror: spf('permerror', 'policy'),
  check_for_spf_temperror: spf('temperror'),
  check_for_spf_helo_pass: spfHelo('pass'),
  check_for_spf_helo_neutral: spfHelo('neutral'),
  check_for_spf_helo_none: spfHelo('none'),
  check_for_spf_helo_fail: spfHelo('fail'),
  check_for_spf_helo_softfail: spfHelo('softfail'),
  check_for_spf_helo_permerror: spfHelo('permerror', 'policy'),
  check_for_spf_helo_temperror: spfHelo('temperror'),
  check_for_spf_welcomelist_from: welcomedSpf,
  check_for_spf_whitelist_from: welcomedSpf,
  check_for_def_spf_welcomelist_from: defaultSpf,
  check_for_def_spf_whitelist_from: defaultSpf,
  check_dkim_signed: isSigned,
  check_dkim_valid: dkimValid,
  check_dkim_verified: dkimValid,
  check_dkim_valid_author_sig: dkimValidAuthor,
  check_dkim_valid_envelopefrom: dkimValidEnvelope,
  // A message is never cut before it is verified; what was not verified says nothing.
  check_dkim_dependable: ({ authentication }) => authentication.field !== '',
  check_dkim_adsp: adsp,
  check_dkim_signall: (context, _, rule) => adsp(context, ['A'], rule),
  check_dkim_signsome: () => false,
  check_dkim_testing: () => false,
  check_for_dkim_welcomelist_from: welcomedDkim,
  check_for_dkim_whitelist_from: welcomedDkim,
  check_for_def_dkim_welcomelist_from: defaultDkim,
  check_for_def_dkim_whitelist_from: defaultDkim,
  check_arc_signed: ({ authentication: { arc } }) => arc.instances > 0,
  check_arc_valid: ({ authentication: { arc } }) => arc.result === 'pass',
  check_dmarc_pass: ({ authentication: { dmarc } }) => dmarc.result === 'pass',
  check_dmarc_none: dmarcFails('none'),
  check_dmarc_quarantine: dmarcFails('quarantine'),
  check_dmarc_reject: dmarcFails('reject'),
  check_dmarc_missing: ({ authentication: { dmarc } }) => dmarc.result === 'none',
};
