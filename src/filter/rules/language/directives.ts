/** Directives that are neither rules nor about rules: settings, kept as data for who reads them, or of no use here. */

/** Settings that hold one or several values; each line adds its own. */
const KEPT: readonly string[] = [
  // Networks and relays.
  'trusted_networks',
  'internal_networks',
  'msa_networks',
  'originating_ip_headers',
  'always_trust_envelope_sender',
  'envelope_sender_header',
  // Who is believed, and who is not.
  'welcomelist_from',
  'welcomelist_from_rcvd',
  'welcomelist_allows_relays',
  'welcomelist_from_dkim',
  'welcomelist_from_spf',
  'welcomelist_auth',
  'welcomelist_to',
  'welcomelist_subject',
  'welcomelist_uri_host',
  'welcomelist_bounce_relays',
  'def_welcomelist_from_rcvd',
  'def_welcomelist_from_dkim',
  'def_welcomelist_from_spf',
  'def_welcomelist_auth',
  'blocklist_from',
  'blocklist_to',
  'blocklist_subject',
  'blocklist_uri_host',
  'more_spam_to',
  'all_spam_to',
  'enlist_uri_host',
  'delist_uri_host',
  'enlist_addrlist',
  // Domains.
  'freemail_domains',
  'freemail_welcomelist',
  'freemail_import_welcomelist_auth',
  'freemail_import_def_welcomelist_auth',
  'freemail_max_body_emails',
  'freemail_max_body_freemails',
  'freemail_skip_when_over_max',
  'freemail_skip_bulk_envfrom',
  'freemail_add_describe_email',
  'util_rb_tld',
  'util_rb_2tld',
  'util_rb_3tld',
  'url_shortener',
  'url_shortener_get',
  'url_shortener_user_agent',
  'max_short_urls',
  'max_short_url_redirections',
  'redirector_pattern',
  'uridnsbl_skip_domain',
  'adsp_override',
  // Questions to the DNS.
  'urirhsbl',
  'urirhssub',
  'urinsrhsbl',
  'urinsrhssub',
  'urifullnsrhsbl',
  'urifullnsrhssub',
  'uridnsbl',
  'uridnssub',
  'uridnsbl_max_domains',
  'dns_query_restriction',
  'dns_block_rule',
  'rbl_headers',
  // Language and content.
  'ok_locales',
  'ok_languages',
  'inactive_languages',
  'bayes_ignore_header',
  'bayes_ignore_from',
  'bayes_ignore_to',
  'bayes_stopword_languages',
  'bayes_auto_learn',
  'bayes_auto_learn_threshold_spam',
  'bayes_auto_learn_threshold_nonspam',
  'fns_check',
  'fns_ignore_dkim',
  'fns_ignore_headers',
  'fns_add_addrlist',
  'fns_remove_addrlist',
  'dkim_minimum_key_bits',
  'min_dkim_rsa_key_bits',
  'required_score',
  'normalize_charset',
  'parse_dkim_uris',
  'body_part_scan_size',
  'rawbody_part_scan_size',
];

/** Known, and without an effect here: how reports and headers look, how spamd runs, where it keeps its data. */
const WITHOUT_EFFECT: readonly RegExp[] = [
  /^(?:clear_)?(?:unsafe_)?report(?:_\w+)?$/,
  /^(?:add|remove|clear)_headers?$/,
  /^(?:rewrite_header|subjprefix|rewrite_subject|fold_headers|report_safe\w*|score_set|enable_compat|disable_compat)$/,
  /^(?:use_\w+|bayes_\w+|auto_\w+|awl_\w+|txrep_\w+|user_\w+|dcc_\w+|pyzor_\w+|razor_\w+|asn_\w+|geoip_\w+|geodb_\w+)$/,
  /^(?:dns_\w+|skip_rbl_checks|time_limit|allow_user_rules|lock_method|run_awl_on_spam|spf_\w+|dkim_\w+|country_db_\w+)$/,
  /^(?:shortcircuit\w*|default_\w+|reuse|test|version_tag|cloudmark_\w+|textcat_\w+|hashbl_\w+|rules_\w+|file|antivirus_\w+)$/,
  /^(?:uridnsbl_skip_mailto|skip_uribl_checks|clear_dns_\w+|clear_asn_lookups|dmarc_save_reports|fns_extrachars)$/,
  /^(?:olemacro_\w+|authres_\w+|extracttext_\w+|uri_block_\w+|uri_country_db_\w+|trigger_\w+|dccifd_\w+)$/,
  /^(?:do_not_use_mail_spf\w*|mbox_format_from_regex|run_reuse_tests_only)$/,
  /^(?:uridnsbl_timeout|rbl_timeout|header_rule_\w+|ignore_\w+|lint_\w+|check_\w+|accessdb_\w+|replace_\w+|unsafe_\w+)$/,
  /^(?:internal_\w+|max_\w+|url_shortener_\w+|spamcop_\w+|resource_limit_\w+|phishing_\w+|originating_\w+|headers?_\w+)$/,
];

const KEPT_NAMES: ReadonlySet<string> = new Set(KEPT);

/** Old names by their parts: whitelist and blacklist, and two that were shortened. */
export function currentName(directive: string): string {
  if (directive === 'required_hits') return 'required_score';
  return directive.replace('whitelist', 'welcomelist').replace('blacklist', 'blocklist');
}

export type Directive =
  | { readonly kind: 'setting'; readonly name: string }
  /** Forgets all that was said so far, or some values of it. */
  | { readonly kind: 'clear' | 'remove'; readonly name: string }
  | { readonly kind: 'none' };

/** What a directive is that is no rule; undefined when nobody knows it. */
export function settingDirective(name: string): Directive | undefined {
  const current = currentName(name);
  if (KEPT_NAMES.has(current) || /^bayes_stopword_\w+$/.test(current))
    return { kind: 'setting', name: current };
  const cleared = /^clear_(\w+)$/.exec(current)?.[1];
  if (cleared !== undefined && (KEPT_NAMES.has(cleared) || cleared === 'util_rb'))
    return { kind: 'clear', name: cleared };
  const removed = /^(?:un|(def_)?un)(\w+)$/.exec(current);
  if (removed?.[2] !== undefined && KEPT_NAMES.has(removed[2])) return { kind: 'remove', name: removed[2] };
  return WITHOUT_EFFECT.some((known) => known.test(current)) ? { kind: 'none' } : undefined;
}
