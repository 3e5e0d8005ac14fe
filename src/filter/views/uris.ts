/** The addresses of a message, found in its text and its HTML, with the forms they can be read in. */
import type { Domains } from './domains.ts';
import { VIEW_LIMITS } from './limits.ts';
import type { Octets, RenderedHtml, UriDetail } from './types.ts';
import { canonicalForms, type Redirector } from './uri-forms.ts';

/** What ends an address in text. */
const END = '><"`}\\]{[|\\s\\x1b\\xa0';
const END_OF_MAIL = `${END},('\\x80-\\xff`;

/** With a scheme or a prefix that stands for one; an e-mail address; a host name alone, with a path or not. */
const IN_TEXT = new RegExp(
  `((?:(?:https?|ftp)://|(?:www\\d{0,2}|ftp)\\.)[^${END}]{1,2048})` +
    `|(mailto:[^${END_OF_MAIL}]{1,2048}|[^${END_OF_MAIL}@]{1,251}@[^${END_OF_MAIL}]{1,251})` +
    `|((?<![^!"#$&'()*+,/:;<=>?@[\\\\\\]^\`{|}~\\s\\x1b\\xa0])` +
    `([a-z\\d][a-z\\d._-]{0,251}\\.[a-z\\x80-\\xff][a-z\\d\\x80-\\xff-]{1,62})\\.?(?::\\d{1,5})?(?:/[^${END}]{1,2048})?(?=[${END},.;:!?')]|$))`,
  'gi',
);

/**
 * Bytes that no address goes beyond, and those one of which each address holds: a dot, an at sign or a colon. The byte
 * \xa0 ends some and is part of host names in other letters.
 */
const ENDS = 1;
const HOLDS = 2;
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if ('.@:'.includes(character)) return HOLDS;
  return byte !== 0xa0 && new RegExp(`[${END}]`).test(character) ? ENDS : 0;
});

/** The words of a line that may hold an address. No address reaches beyond one, or depends on what is around it. */
function candidates(line: Octets): string[] {
  const words: string[] = [];
  let start = 0;
  let holds = false;
  for (let i = 0; i <= line.length; i++) {
    const kind = i < line.length ? KINDS[line.charCodeAt(i) & 255] : ENDS;
    if (kind === HOLDS) holds = true;
    else if (kind === ENDS) {
      if (holds) words.push(line.slice(start, i));
      start = i + 1;
      holds = false;
    }
  }
  return words;
}

export function findUris(
  body: readonly Octets[],
  html: readonly RenderedHtml[],
  redirectors: readonly Redirector[],
  domains: Domains,
): readonly UriDetail[] {
  const found = new UriCollection(redirectors, domains);
  for (const line of body) found.text(line);
  for (const { uris } of html)
    for (const { uri, types, anchorTexts } of uris) found.add(uri, types, anchorTexts, false);
  return found.list();
}

interface Entry {
  readonly raw: Octets;
  readonly types: Set<string>;
  readonly anchorTexts: Octets[];
  readonly cleaned: readonly Octets[];
  readonly hosts: ReadonlyMap<string, string>;
}

class UriCollection {
  private readonly redirectors: readonly Redirector[];
  private readonly domains: Domains;
  private readonly entries = new Map<string, Entry>();
  private readonly seen = new Set<string>();

  constructor(redirectors: readonly Redirector[], domains: Domains) {
    this.redirectors = redirectors;
    this.domains = domains;
  }

  list(): readonly UriDetail[] {
    return [...this.entries.values()];
  }

  text(line: Octets): void {
    // Nothing is an address that has neither of these.
    if (!line.includes('.')) return;
    for (const word of candidates(line)) this.word(word);
  }

  private word(word: string): void {
    IN_TEXT.lastIndex = 0;
    for (let match = IN_TEXT.exec(word); match !== null; match = IN_TEXT.exec(word)) {
      if (this.seen.size >= VIEW_LIMITS.uris) return;
      const [, scheme, mail, , host] = match;
      const found = (scheme ?? mail ?? match[3] ?? '').replace(/(^[^(]*)\).*$/s, '$1');
      const uri = withoutTail(found);
      if (this.seen.has(uri)) continue;
      this.seen.add(uri);
      if (mail !== undefined && !uri.includes('@')) continue;
      if (host !== undefined && this.domains.suffix(host) === undefined) continue;
      if (/^[cm]id:/i.test(uri) || /^\w+:\/{0,2}$/.test(uri)) continue;
      this.found(uri);
    }
  }

  private found(uri: string): void {
    const types = new Set(['parsed']);
    const full = withScheme(uri, types);
    if (full === undefined) return;
    if (/^mailto:/i.test(full)) {
      const host = /@([^?&>]*)/.exec(full)?.[1]?.replace(/(?:%20)+$/, '');
      if (host === undefined || this.domains.suffix(host) === undefined) return;
    }
    this.add(full, types, [], true);
  }

  add(uri: Octets, types: ReadonlySet<string>, anchorTexts: readonly Octets[], needsDomain: boolean): void {
    const known = this.entries.get(uri);
    if (known !== undefined) {
      for (const type of types) known.types.add(type);
      known.anchorTexts.push(...anchorTexts);
      return;
    }
    if (this.entries.size >= VIEW_LIMITS.uris) return;
    const cleaned = canonicalForms(uri, this.redirectors);
    const hosts = new Map<string, string>();
    for (const form of cleaned) {
      const host = hostOf(form);
      const domain = host === undefined ? undefined : this.domains.organizational(host);
      if (host !== undefined && domain !== undefined) hosts.set(host, domain);
    }
    if (cleaned.length === 0 || (needsDomain && hosts.size === 0)) return;
    this.entries.set(uri, {
      raw: uri,
      types: new Set(types),
      anchorTexts: [...new Set(anchorTexts)],
      cleaned,
      hosts,
    });
  }
}

/** Without the punctuation of the sentence around it. */
function withoutTail(uri: string): string {
  let end = uri.length;
  while (end > 0 && "-~!@#^&*()_+=:;'?,.".includes(uri[end - 1] ?? '')) end--;
  return uri.slice(0, end);
}

/** The scheme a reader's program would put before it; notes in `types` how it was found. */
function withScheme(uri: string, types: Set<string>): string | undefined {
  if (/^(?:https?|ftp|mailto):/i.test(uri)) return uri;
  types.add('schemeless');
  if (/^ftp\./i.test(uri)) return `ftp://${uri}`;
  if (/^www\d{0,2}\./i.test(uri)) return `http://${uri}`;
  const at = uri.indexOf('@');
  const slash = uri.indexOf('/');
  if (at >= 0 && (slash < 0 || slash > at)) {
    if (!/@[^.].*\./.test(uri) || uri.includes('&nbsp;')) return undefined;
    return `mailto:${uri.replace(/^(?:skype|e?-?mail)?:+/i, '')}`;
  }
  if (at >= 0) return `http://${uri}`;
  if (!uri.includes('.')) return undefined;
  types.add('unlinked');
  return `http://${uri}`;
}

/** The host of an address, lower-cased; of `mailto:` what stands behind the `@`. */
function hostOf(uri: Octets): string | undefined {
  const mail = /^mailto:[^@]*@([^?&>\s]+)/i.exec(uri)?.[1];
  if (mail !== undefined) return mail.toLowerCase();
  const host = /^[a-z][a-z\d+.-]*:\/{1,3}(?:[^/?#@]*@)?([^/?#:]+)/i.exec(uri)?.[1];
  return host?.toLowerCase().replace(/\.$/, '');
}
