import type { HeaderField, Message } from '../../message/types.ts';
import type { Algorithm } from '../dkim/signature.ts';
import { readBase64, readDomain, signatureText } from '../dkim/signature.ts';
import { parseTagList } from '../dkim/tag-list.ts';
import { MAX_INSTANCE, readInstance } from './instance.ts';

/** One ARC set (RFC 8617 §4.2). */
export interface ArcSet {
  readonly instance: number;
  readonly results: HeaderField;
  readonly signature: HeaderField;
  readonly seal: Seal;
}

/** An ARC-Seal (RFC 8617 §4.1.3). */
export interface Seal {
  readonly field: HeaderField;
  readonly algorithm: Algorithm;
  readonly value: Buffer;
  readonly domain: string;
  readonly selector: string;
}

/** The sets of a message from the first to the newest; or why they are none that could be verified. */
export type ArcChain =
  | { readonly sets: readonly ArcSet[] }
  | { readonly result: 'none' | 'fail' | 'policy'; readonly reason?: string };

export interface ArcLimits {
  readonly arcSets: number;
  readonly arcBytes: number;
  readonly signatureBytes: number;
}

const KINDS = ['arc-authentication-results', 'arc-message-signature', 'arc-seal'] as const;
type Kind = (typeof KINDS)[number];
type Found = Partial<Record<Kind, HeaderField>>;

/** A chain that is broken, for the reason in the message. Does not leave this file. */
class BrokenChain extends Error {}

/** Collects the ARC sets and checks their structure (RFC 8617 §5.2, steps 1 to 3). */
export function readChain({ header }: Message, limits: ArcLimits): ArcChain {
  const fields = KINDS.flatMap((kind) => header.all(kind));
  if (fields.length === 0) return { result: 'none' };
  // Before anything is read: no chain has more, whatever it says.
  if (fields.length > KINDS.length * MAX_INSTANCE)
    return { result: 'fail', reason: `more than ${MAX_INSTANCE} ARC sets` };
  if (fields.length > KINDS.length * limits.arcSets)
    return { result: 'policy', reason: `more than ${limits.arcSets} ARC sets` };
  const bytes = fields.reduce((sum, { start, end }) => sum + end - start, 0);
  if (bytes > limits.arcBytes)
    return { result: 'policy', reason: `more than ${limits.arcBytes} bytes of ARC fields` };
  try {
    return { sets: readSets(fields) };
  } catch (error) {
    if (error instanceof BrokenChain) return { result: 'fail', reason: error.message };
    throw error;
  }
}

function readSets(fields: readonly HeaderField[]): ArcSet[] {
  const found = new Map<number, Found>();
  for (const field of fields) {
    const kind = field.key as Kind;
    const instance = readInstance(field);
    if (instance === undefined) throw new BrokenChain(`${nameOf(kind)} without a valid instance`);
    const set = found.get(instance) ?? {};
    if (set[kind] !== undefined) throw new BrokenChain(`i=${instance}: more than one ${nameOf(kind)}`);
    set[kind] = field;
    found.set(instance, set);
  }
  const sets: ArcSet[] = [];
  // From the newest: when it says that the chain had failed, nothing else matters (step 2).
  const newest = Math.max(...found.keys());
  for (let instance = newest; instance > 0; instance--)
    sets.push(readSet(instance, found.get(instance) ?? {}));
  return sets.toReversed();
}

function readSet(instance: number, found: Found): ArcSet {
  const field = (kind: Kind): HeaderField => {
    const one = found[kind];
    if (one === undefined) throw new BrokenChain(`i=${instance}: no ${nameOf(kind)}`);
    return one;
  };
  return {
    instance,
    seal: readSeal(field('arc-seal'), instance),
    results: field('arc-authentication-results'),
    signature: field('arc-message-signature'),
  };
}

/** The seal covers its set and those before it in relaxed form; it has neither `h=` nor `bh=` (RFC 8617 §4.1.3). */
function readSeal(field: HeaderField, instance: number): Seal {
  const broken = (reason: string): BrokenChain => new BrokenChain(`i=${instance} ARC-Seal: ${reason}`);
  const { tags, fault } = parseTagList(signatureText(field));
  if (fault !== undefined) throw broken(fault);
  const missing = ['a', 'b', 'cv', 'd', 's'].find((name) => !tags.has(name));
  if (missing !== undefined) throw broken(`no ${missing}=`);
  const tag = (name: string): string => tags.get(name) ?? '';
  const status = tag('cv').toLowerCase();
  if (status === 'fail') throw new BrokenChain('the chain had failed before');
  if (status !== (instance === 1 ? 'none' : 'pass')) throw broken('wrong cv=');
  if (tags.has('h')) throw broken('has h=');
  if (tags.has('t') && !/^[0-9]{1,12}$/.test(tag('t'))) throw broken('invalid t=');
  const algorithm = tag('a').toLowerCase();
  if (algorithm !== 'rsa-sha256' && algorithm !== 'ed25519-sha256') throw broken('unknown algorithm');
  const value = readBase64(tag('b'));
  const domain = readDomain(tag('d'), 2);
  const selector = readDomain(tag('s'), 1);
  if (value === undefined) throw broken('b= is not base64');
  if (domain === undefined) throw broken('invalid d=');
  if (selector === undefined) throw broken('invalid s=');
  return { field, algorithm, value, domain, selector };
}

function nameOf(kind: Kind): string {
  return {
    'arc-seal': 'ARC-Seal',
    'arc-message-signature': 'ARC-Message-Signature',
    'arc-authentication-results': 'ARC-Authentication-Results',
  }[kind];
}
