/** Eval functions that ask lists in the DNS: they hand the question on, and do not hit where nobody answers. */
import type { EvalFunction } from './types.ts';

const FUNCTIONS = [
  'check_rbl',
  'check_rbl_txt',
  'check_rbl_sub',
  'check_rbl_accreditor',
  'check_rbl_from_host',
  'check_rbl_from_domain',
  'check_rbl_envfrom',
  'check_rbl_ns_from',
  'check_rbl_rcvd',
  'check_rbl_headers',
  'check_dns_sender',
  'check_uridnsbl',
  'check_hashbl_emails',
  'check_hashbl_uris',
  'check_hashbl_bodyre',
  'check_hashbl_tag',
  'check_spamcop',
  'check_askdns',
];

const asked =
  (name: string): EvalFunction =>
  (context, args, rule) =>
    context.ruleNetwork?.ask({ function: name, args, rule: rule.name }, context) ?? false;

export const networkEvals: Readonly<Record<string, EvalFunction>> = Object.fromEntries(
  FUNCTIONS.map((name) => [name, asked(name)]),
);
