import type { HeaderField } from '../../message/types.ts';
import { normalDomain } from '../organizational-domain.ts';
import type { AuthenticationResult } from '../types.ts';
import type { Canonicalization } from './canonical.ts';
import { colonList, parseTagList, withoutFws } from './tag-list.ts';

/** What a DKIM-Signature or an ARC-Message-Signature says, all of it valid (RFC 6376 §3.5, RFC 8617 §4.1.2). */
export interface Signature {
  readonly field: HeaderField;
  /** `a=` */
  readonly algorithm: Algorithm;
  /** `b=` */
  readonly value: Buffer;
  /** `bh=` */
  readonly bodyHash: Buffer;
  /** `c=` */
  readonly headerCanonicalization: Canonicalization;
  readonly bodyCanonicalization: Canonicalization;
  /** `d=`, A-labels. */
  readonly domain: string;
  /** `s=`, A-labels. */
  readonly selector: string;
  /** `h=`, lower-cased, in order, repetitions kept. */
  readonly names: readonly string[];
  /** Domain of `i=`, which is `domain` or below it; `domain` for an ARC-Message-Signature. */
  readonly identityDomain: string;
  /** `l=`; infinite when it is larger than a number can tell. */
  readonly length: number | undefined;
  /** `t=` and `x=`, seconds since the epoch. */
  readonly time: number | undefined;
  readonly expires: number | undefined;
}

export type Algorithm = 'rsa-sha256' | 'ed25519-sha256' | 'rsa-sha1';

/** Why something is not verified, in the words of RFC 8601 §2.7.1: `neutral` for what cannot be read or is unknown. */
export interface Refusal {
  readonly result: Exclude<AuthenticationResult, 'pass' | 'none' | 'softfail'>;
  readonly reason: string;
}

/** What is said about a signature in the results, whatever it is worth. */
export interface SignatureLabel {
  domain: string;
  selector: string;
  /** i= as written. */
  identity?: string;
  algorithm?: string;
  /** First characters of `b=` (RFC 6008 §4). */
  signature?: string;
}

export interface ReadSignature {
  readonly label: SignatureLabel;
  readonly signature: Signature | Refusal;
}

const ALGORITHMS: ReadonlySet<string> = new Set<Algorithm>(['rsa-sha256', 'ed25519-sha256', 'rsa-sha1']);
const CANONICALIZATION = /^(simple|relaxed)(?:\/(simple|relaxed))?$/i;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** ftext (RFC 5322 §3.6.8) without the semicolon, which ends the tag. */
const FIELD_NAME = /^[!-9<-~]+$/;
const LABEL = /^[a-z0-9_-]{1,63}$/;
/** sig-t-tag and sig-x-tag (RFC 6376 §3.5). */
const TIMESTAMP = /^[0-9]{1,12}$/;
const LENGTH = /^[0-9]{1,76}$/;
const SHA256_BYTES = 32;
/** The largest name of the DNS; what is longer is cut in results. */
const MAX_TEXT = 253;
const SHOWN_SIGNATURE = 8;
const SHOWN_ALGORITHM = 32;

const unreadable = (reason: string): Refusal => ({ result: 'neutral', reason });

/**
 * Reads one signature field. `kind` tells a DKIM-Signature from an ARC-Message-Signature, which has no `v=` and an
 * instance as `i=`. The caller bounds the field's length.
 */
export function readSignature(field: HeaderField, kind: 'dkim' | 'arc'): ReadSignature {
  const { tags, fault } = parseTagList(signatureText(field));
  const label = labelOf(tags);
  if (fault !== undefined) return { label, signature: unreadable(`signature syntax: ${fault}`) };
  return { label, signature: readTags(field, kind, tags) };
}

/** Text of a signature field's value: UTF-8 where it is not ASCII (RFC 8616 §5). */
export function signatureText(field: HeaderField): string {
  const { rawValue } = field;
  return /[\x80-\xff]/.test(rawValue) ? Buffer.from(rawValue, 'latin1').toString('utf8') : rawValue;
}

/** A domain name or selector in A-labels (RFC 8616 §5), undefined when it can be none (RFC 6376 §3.5). */
export function readDomain(text: string | undefined, minimumLabels: number): string | undefined {
  // The root's dot is not part of a domain-name; normalDomain would take it off.
  if (text === undefined || text === '' || text.length > MAX_TEXT || text.endsWith('.')) return undefined;
  const name = normalDomain(text);
  const labels = name.split('.');
  const valid =
    name.length <= MAX_TEXT && labels.length >= minimumLabels && labels.every((l) => LABEL.test(l));
  return valid ? name : undefined;
}

/** The bytes of a base64 value, undefined when it is none or empty. */
export function readBase64(value: string): Buffer | undefined {
  const text = withoutFws(value);
  return BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
}

function labelOf(tags: ReadonlyMap<string, string>): SignatureLabel {
  const label: SignatureLabel = {
    domain: normalDomain((tags.get('d') ?? '').slice(0, MAX_TEXT)),
    selector: (tags.get('s') ?? '').slice(0, MAX_TEXT),
  };
  const algorithm = tags.get('a')?.slice(0, SHOWN_ALGORITHM).toLowerCase();
  if (algorithm !== undefined) label.algorithm = algorithm;
  const shown = withoutFws(tags.get('b') ?? '').slice(0, SHOWN_SIGNATURE);
  if (shown !== '') label.signature = shown;
  const identity = tags.get('i')?.slice(0, MAX_TEXT);
  if (identity !== undefined && identity !== '') label.identity = identity;
  return label;
}

/** RFC 6376 §6.1.1, in the order in which its steps make sense of each other. */
function readTags(
  field: HeaderField,
  kind: 'dkim' | 'arc',
  tags: ReadonlyMap<string, string>,
): Signature | Refusal {
  const required = kind === 'dkim' ? ['v', 'a', 'b', 'bh', 'd', 'h', 's'] : ['a', 'b', 'bh', 'd', 'h', 's'];
  const missing = required.find((name) => !tags.has(name));
  if (missing !== undefined) return unreadable(`no ${missing}=`);
  const tag = (name: string): string => tags.get(name) ?? '';
  if (kind === 'dkim' && tag('v') !== '1') return unreadable('unknown version');
  const algorithm = tag('a').toLowerCase();
  if (!isAlgorithm(algorithm)) return unreadable('unknown algorithm');
  const canonicalizations = CANONICALIZATION.exec(tags.get('c') ?? 'simple');
  if (canonicalizations === null) return unreadable('unknown canonicalization');
  if (tags.has('q') && !colonList(tag('q')).some((method) => method.toLowerCase() === 'dns/txt'))
    return unreadable('unknown query method');
  const value = readBase64(tag('b'));
  const bodyHash = readBase64(tag('bh'));
  if (value === undefined) return unreadable('b= is not base64');
  if (bodyHash === undefined) return unreadable('bh= is not base64');
  if (algorithm !== 'rsa-sha1' && bodyHash.length !== SHA256_BYTES)
    return unreadable('bh= is no SHA-256 hash');
  const domain = readDomain(tag('d'), 2);
  if (domain === undefined) return unreadable('invalid d=');
  const selector = readDomain(tag('s'), 1);
  if (selector === undefined) return unreadable('invalid s=');
  // An empty name covers nothing; some signers write one.
  const names = colonList(tag('h').toLowerCase()).filter((name) => name !== '');
  if (!names.every((name) => FIELD_NAME.test(name))) return unreadable('invalid h=');
  const invalid = ['t', 'x'].find((name) => tags.has(name) && !TIMESTAMP.test(tag(name)));
  if (invalid !== undefined) return unreadable(`invalid ${invalid}=`);
  if (tags.has('l') && !LENGTH.test(tag('l'))) return unreadable('invalid l=');
  const time = tags.has('t') ? Number(tag('t')) : undefined;
  const expires = tags.has('x') ? Number(tag('x')) : undefined;
  if (time !== undefined && expires !== undefined && expires <= time) return unreadable('x= is not after t=');
  const identityDomain = kind === 'arc' || !tags.has('i') ? domain : identityOf(tag('i'));
  if (identityDomain === undefined) return unreadable('invalid i=');
  // What follows is well formed and says what a verifier must not accept.
  if (identityDomain !== domain && !identityDomain.endsWith(`.${domain}`))
    return { result: 'permerror', reason: 'i= is not of the domain d=' };
  if (!names.includes('from')) return { result: 'permerror', reason: 'From field not signed' };
  return {
    field,
    algorithm,
    value,
    bodyHash,
    headerCanonicalization: canonicalization(canonicalizations[1]),
    bodyCanonicalization: canonicalization(canonicalizations[2]),
    domain,
    selector,
    names,
    identityDomain,
    length: tags.has('l') ? Number(tag('l')) : undefined,
    time,
    expires,
  };
}

function isAlgorithm(text: string): text is Algorithm {
  return ALGORITHMS.has(text);
}

function canonicalization(word: string | undefined): Canonicalization {
  return word?.toLowerCase() === 'relaxed' ? 'relaxed' : 'simple';
}

/** Domain of `[ Local-part ] "@" domain-name` in dkim-quoted-printable (RFC 6376 §2.11). */
function identityOf(text: string): string | undefined {
  const bytes = Buffer.from(withoutFws(text)).toString('latin1');
  const decoded = bytes.replace(/=([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const identity = Buffer.from(decoded, 'latin1').toString();
  const at = identity.lastIndexOf('@');
  return at < 0 ? undefined : readDomain(identity.slice(at + 1), 2);
}
