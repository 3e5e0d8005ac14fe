import type { HeaderField, Message } from '../message/types.ts';
import { relaxedBody, simpleBody } from './body.ts';
import type { AuthenticationLimits } from './settings.ts';
import { bodyCanonicalization, parseTagList, signedNames } from './tag-list.ts';

/**
 * What of a message is handed to the verifier. The verifier has no limits of its own: it parses every field, copies the
 * square of a field's lines, looks at every signature and every field for every name of every `h=`. So it gets a small
 * message made for it: the signatures within the limits, the fields they cover, and the body in the canonical form they
 * hash. That changes no result, because a signature covers nothing else.
 */

/** A DKIM-Signature, or the ARC-Message-Signature that counts. */
export interface Signature {
  field: HeaderField;
  tags: ReadonlyMap<string, string>;
  names: readonly string[];
  body: 'simple' | 'relaxed';
  /** The limit it is beyond; such a signature is not verified. */
  refused?: string;
  /** Cannot be verified at all, whatever the limits; the verifier would give up on all signatures for this one. */
  broken?: boolean;
}

export interface ArcChain {
  /** ARC fields, in order. */
  fields: readonly HeaderField[];
  /** ARC-Message-Signature of the newest set, when there is one. */
  newest: Signature | undefined;
  sets: number;
  refused?: string;
}

/** A message for the verifier. */
export interface Handover {
  header: Buffer;
  body: Buffer;
  /** The DKIM-Signature fields in `header`, in order: the verifier gives one result for each. */
  signatures: readonly HeaderField[];
}

const ARC_KEYS = new Set(['arc-seal', 'arc-message-signature', 'arc-authentication-results']);

/** White space in a row; more makes the verifier's expressions backtrack, and no signer writes it. */
const LONG_BLANK = /[ \t\r\n]{257}/;

/** The DKIM signatures of a message, those beyond a limit with the reason. */
export function dkimSignatures(message: Message, limits: AuthenticationLimits): Signature[] {
  const fields = message.header.all('dkim-signature');
  return fields.map((field, index) => {
    if (index >= limits.signatures)
      return { ...bareSignature(field), refused: `more than ${limits.signatures} signatures` };
    const signature = readSignature(message, field, limits);
    if (signature.names.includes('dkim-signature') && fields.length > limits.signatures)
      signature.refused ??= `covers DKIM-Signature fields and there are more than ${limits.signatures}`;
    return signature;
  });
}

/** The ARC fields of a message; `refused` when they are beyond a limit. */
export function arcChain(message: Message, limits: AuthenticationLimits): ArcChain {
  const fields = message.header.fields.filter((field) => ARC_KEYS.has(field.key));
  const seals = fields.filter((field) => field.key === 'arc-seal').length;
  const chain: ArcChain = { fields, newest: undefined, sets: seals };
  const bytes = fields.reduce((sum, field) => sum + field.end - field.start, 0);
  if (fields.length > 3 * limits.arcSets) chain.refused = `more than ${limits.arcSets} ARC sets`;
  else if (bytes > limits.arcBytes) chain.refused = `more than ${limits.arcBytes} bytes of ARC fields`;
  else if (fields.some((field) => LONG_BLANK.test(field.rawValue))) chain.refused = 'too much white space';
  if (chain.refused !== undefined) return chain;
  let highest = 0;
  for (const field of fields) {
    if (field.key !== 'arc-message-signature') continue;
    const signature = readSignature(message, field, limits);
    const instance = Number(signature.tags.get('i'));
    if (!(instance > highest)) continue;
    highest = instance;
    chain.newest = signature;
  }
  const others = message.header.all('dkim-signature').length;
  if (chain.newest?.refused !== undefined) chain.refused = chain.newest.refused;
  else if (chain.newest?.names.includes('dkim-signature') && others > limits.signatures)
    chain.refused = `covers DKIM-Signature fields and there are more than ${limits.signatures}`;
  return chain;
}

/** The message made for signatures of one body canonicalization, and for the ARC chain when it is among them. */
export function handOver(
  message: Message,
  canonicalization: 'simple' | 'relaxed',
  dkim: readonly Signature[],
  arc: ArcChain | undefined,
): Handover {
  const all = arc?.newest === undefined ? dkim : [...dkim, arc.newest];
  const fixed = new Set<HeaderField>([...dkim.map(({ field }) => field), ...(arc?.fields ?? [])]);
  // Covered DKIM-Signature fields are counted from the bottom, so all of them must be there.
  if (all.some(({ names }) => names.includes('dkim-signature')))
    for (const field of message.header.all('dkim-signature')) fixed.add(field);
  const fields = coveredFields(message, all, fixed);
  const raw = message.raw.subarray(message.root.bodyStart, message.root.end);
  return {
    header: headerBytes(message, fields),
    body: canonicalization === 'simple' ? simpleBody(raw) : relaxedBody(raw),
    signatures: fields.filter((field) => field.key === 'dkim-signature'),
  };
}

function bareSignature(field: HeaderField): Signature {
  return { field, tags: new Map(), names: [], body: 'simple' };
}

function readSignature(message: Message, field: HeaderField, limits: AuthenticationLimits): Signature {
  if (field.end - field.start > limits.signatureBytes)
    return { ...bareSignature(field), refused: `larger than ${limits.signatureBytes} bytes` };
  if (LONG_BLANK.test(field.rawValue)) return { ...bareSignature(field), refused: 'too much white space' };
  const tags = parseTagList(field.rawValue);
  const names = signedNames(tags);
  const body = bodyCanonicalization(tags);
  if (body === undefined)
    return { ...bareSignature(field), tags, broken: true, refused: 'unknown canonicalization' };
  const signature: Signature = { field, tags, names, body };
  if (names.length > limits.signedNames) {
    signature.refused = `more than ${limits.signedNames} names in h=`;
    return signature;
  }
  const fields = coveredFields(message, [signature], new Set());
  const bytes = fields.reduce((sum, { start, end }) => sum + end - start, 0);
  if (bytes > limits.signedHeaderBytes)
    signature.refused = `covers more than ${limits.signedHeaderBytes} bytes of header`;
  else if (fields.some(({ key, start, end }) => key === 'from' && end - start > limits.fromBytes))
    signature.refused = `From field larger than ${limits.fromBytes} bytes`;
  else if (lineCount(message, fields) > limits.signedHeaderLines)
    signature.refused = `covers more than ${limits.signedHeaderLines} header lines`;
  return signature;
}

/**
 * Fields that signatures cover, in the order of the message: of each name the lowest ones, as many as the signature
 * that names it most often names it (RFC 6376 §5.4.2); and the `fixed` ones.
 */
function coveredFields(
  message: Message,
  signatures: readonly Signature[],
  fixed: ReadonlySet<HeaderField>,
): HeaderField[] {
  const wanted = new Map<string, number>();
  for (const { names } of signatures) {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    for (const [name, count] of counts) wanted.set(name, Math.max(count, wanted.get(name) ?? 0));
  }
  const covered: HeaderField[] = [];
  for (let i = message.header.fields.length - 1; i >= 0; i--) {
    const field = message.header.fields[i] as HeaderField;
    const left = wanted.get(field.key) ?? 0;
    if (left > 0) wanted.set(field.key, left - 1);
    if (left > 0 || fixed.has(field)) covered.push(field);
  }
  return covered.toReversed();
}

function lineCount(message: Message, fields: readonly HeaderField[]): number {
  let lines = 0;
  for (const { start, end } of fields)
    for (
      let at = message.raw.indexOf(0x0a, start);
      at >= 0 && at < end;
      at = message.raw.indexOf(0x0a, at + 1)
    )
      lines++;
  return lines;
}

/** The fields' bytes with CRLF line endings, and the empty line that ends a header. */
function headerBytes(message: Message, fields: readonly HeaderField[]): Buffer {
  const text = fields.map(({ start, end }) => {
    const field = Buffer.from(message.raw.subarray(start, end)).toString('latin1');
    return `${field.replace(/\r?\n$/, '').replace(/\r?\n/g, '\r\n')}\r\n`;
  });
  return Buffer.from(`${text.join('')}\r\n`, 'latin1');
}
