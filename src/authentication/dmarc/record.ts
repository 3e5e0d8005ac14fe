import type { DmarcPolicy, DmarcRecord } from '../types.ts';

/**
 * dmarc-record = dmarc-version *(";" tag) [";"], version first and its value in capitals (RFC 9989 §4.8). A TXT record
 * without this beginning is something else and does not count.
 */
const VERSION = /^[ \t]*[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/;
/** scheme ":" rest of characters RFC 3986 §2 allows; "," and "!" have to be percent-encoded (RFC 9989 §4.8). */
const URI = /^[a-z][a-z0-9+.-]*:(?:[a-z0-9\-._~:/?#[\]@$&'()*+;=]|%[0-9a-f]{2})+$/i;
/** The size limit RFC 7489 §6.2 had behind a URI. */
const OLD_SIZE_LIMIT = /![0-9]{1,20}[kmgt]?$/i;
/** Longer records are none: real ones have some 200 characters, those with many destinations 1,000. */
const MAX_RECORD = 8_192;
/** Destinations kept of rua= or ruf=. */
const MAX_URIS = 20;

export function isDmarcRecord(text: string): boolean {
  return text.length <= MAX_RECORD && VERSION.test(text);
}

export interface ParsedRecord {
  record: DmarcRecord;
  /**
   * False: the policy is missing or wrong and no reports are asked for, so nothing is done for this record
   * (RFC 9989 §4.10.1). It marks an organization all the same.
   */
  usable: boolean;
}

/**
 * Reads a DMARC Policy Record. Undefined when it is none, or when a tag is there twice (RFC 6376 §3.2). Where its policy
 * is missing or wrong and it asks for reports, it counts as `p=none` (RFC 9989 §4.10.1). Other faults leave the default
 * of their tag; unknown tags are nothing (RFC 9989 §4.7).
 */
export function parseDmarcRecord(text: string): ParsedRecord | undefined {
  const tags = tagsOf(text);
  if (tags === undefined) return undefined;
  const policies = { p: policyOf(tags.get('p')), sp: policyOf(tags.get('sp')), np: policyOf(tags.get('np')) };
  const wrong = (tag: 'sp' | 'np'): boolean => tags.has(tag) && policies[tag] === undefined;
  const rua = urisOf(tags.get('rua'));
  const stated = policies.p !== undefined && !wrong('sp') && !wrong('np');
  const record: DmarcRecord = {
    p: stated ? (policies.p ?? 'none') : 'none',
    adkim: oneOf(tags.get('adkim'), ['r', 's'], 'r'),
    aspf: oneOf(tags.get('aspf'), ['r', 's'], 'r'),
    fo: optionsOf(tags.get('fo')),
    rua,
    ruf: urisOf(tags.get('ruf')),
    psd: oneOf(tags.get('psd'), ['y', 'n', 'u'], 'u'),
    testing: oneOf(tags.get('t'), ['y', 'n'], 'n') === 'y',
  };
  if (stated && policies.sp !== undefined) record.sp = policies.sp;
  if (stated && policies.np !== undefined) record.np = policies.np;
  return { record, usable: stated || rua.length > 0 };
}

function tagsOf(text: string): Map<string, string> | undefined {
  if (!isDmarcRecord(text)) return undefined;
  const tags = new Map<string, string>();
  for (const [index, part] of text.split(';').entries()) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const name = trimBlanks(part.slice(0, equals));
    // Names are written in small letters (RFC 6376 §3.2), but for the version's, which has a rule of its own.
    const key = index === 0 ? 'v' : name;
    if (tags.has(key)) return undefined;
    tags.set(key, trimBlanks(part.slice(equals + 1)));
  }
  return tags;
}

function policyOf(value: string | undefined): DmarcPolicy | undefined {
  const word = value?.toLowerCase();
  return word === 'none' || word === 'quarantine' || word === 'reject' ? word : undefined;
}

function oneOf<T extends string>(value: string | undefined, words: readonly T[], otherwise: T): T {
  const word = value?.toLowerCase();
  return words.find((known) => known === word) ?? otherwise;
}

/** The options of fo= that are known, in their order, each once. */
function optionsOf(value = '0'): string {
  const options = value.toLowerCase().slice(0, 100).split(':').map(trimBlanks);
  const known = [...new Set(options)].filter((option) => /^[01ds]$/.test(option));
  return known.length === 0 ? '0' : known.join(':');
}

function urisOf(value: string | undefined): string[] {
  if (value === undefined) return [];
  return value
    .split(',')
    .map((uri) => trimBlanks(uri).replace(OLD_SIZE_LIMIT, ''))
    .filter((uri) => URI.test(uri))
    .slice(0, MAX_URIS);
}

const trimBlanks = (text: string): string => text.replace(/^[ \t]+/, '').trimEnd();
