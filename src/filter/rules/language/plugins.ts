/**
 * Which plugins of SpamAssassin 4.0.1 we stand for, so that `ifplugin` takes the branch that asks for them, and which of
 * its features `can()` and `has()` find.
 */

/** The version of the language, as `version` in conditions and `require_version` see it. */
export const LANGUAGE_VERSION = '4.000001';

const PREFIX = 'Mail::SpamAssassin::';

const PLUGINS: ReadonlySet<string> = new Set([
  'AskDNS',
  'AutoLearnThreshold',
  'Bayes',
  'BodyEval',
  'Check',
  'DKIM',
  'DMARC',
  'DNSEval',
  'FreeMail',
  'HTMLEval',
  'HTTPSMismatch',
  'HashBL',
  'HeaderEval',
  'ImageInfo',
  'MIMEEval',
  'MIMEHeader',
  'RelayEval',
  'ReplaceTags',
  'SPF',
  'SpamCop',
  'URIDNSBL',
  'URIDetail',
  'URIEval',
  'VBounce',
  'WLBLEval',
  'WelcomeListSubject',
]);

/** Those that SpamAssassin does not load by itself: done here too, where `loadplugin` asks for them. */
const OPTIONAL: ReadonlySet<string> = new Set(['FromNameSpoof', 'PDFInfo', 'TextCat']);

/** Plugins that were renamed. */
const RENAMED: Readonly<Record<string, string>> = {
  Dmarc: 'DMARC',
  WhiteListSubject: 'WelcomeListSubject',
};

/** Not there in 4.0.1, or for what we don't do: everything else by these names is. */
const ABSENT_FEATURES: ReadonlySet<string> = new Set([
  'Conf::compat_welcomelist_blocklist',
  'Conf::feature_capture_rules',
  'Plugin::RaciallyCharged',
]);

/** `Mail::SpamAssassin::Plugin::NAME` without what stands before NAME, as it is called today. */
function shortName(name: string): string {
  const short = name.replace(/^(?:Mail::SpamAssassin::)?(?:Plugin::)?/, '');
  return RENAMED[short] ?? short;
}

/** What a `loadplugin` line loads; undefined for what is not done here. */
export function loadablePlugin(name: string): string | undefined {
  const short = shortName(name);
  return PLUGINS.has(short) || OPTIONAL.has(short) ? short : undefined;
}

/**
 * `Mail::SpamAssassin::Plugin::NAME`, or the name alone: whether what it does is done here. `loaded` are the names that
 * {@link loadablePlugin} gave.
 */
export function standsForPlugin(name: string, loaded: ReadonlySet<string>): boolean {
  const short = shortName(name);
  return PLUGINS.has(short) || loaded.has(short);
}

/** `Mail::SpamAssassin::Conf::feature_x`, `…::Plugin::NAME::has_x`. */
export function hasFeature(name: string, loaded: ReadonlySet<string>): boolean {
  if (!name.startsWith(PREFIX)) return false;
  const feature = name.slice(PREFIX.length);
  if (ABSENT_FEATURES.has(feature)) return false;
  if (/^Conf::(?:feature_\w+|perl_min_version_\d+)$/.test(feature)) return true;
  const plugin = /^(Plugin::\w+)::has_\w+$/.exec(feature)?.[1];
  return plugin !== undefined && standsForPlugin(plugin, loaded);
}
