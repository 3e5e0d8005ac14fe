import { applyHeaderEdits } from '../../message/edits.ts';
import { defaultMessageLimits } from '../../message/limits.ts';
import { parseMessage } from '../../message/parse.ts';
import type { Header, HeaderEdit } from '../../message/types.ts';
import { bodyHashes } from '../dkim/body-hash.ts';
import type { Canonicalization } from '../dkim/canonical.ts';
import { fieldText } from '../dkim/fields.ts';

/** The header of a message as it leaves, and the hash of its body. */
export interface OutgoingMessage {
  /** As it was received. */
  received: Header;
  header: Header;
  /** Octets of the header, which its fields are offsets in. */
  raw: Uint8Array;
  /** SHA-256 of the canonical body, computed once. */
  bodyHash(canonicalization: Canonicalization): Uint8Array;
}

/** Of all fields: what the limit of listed ones leaves out would be there unsigned for a reader to see. */
const ALL_FIELDS = { ...defaultMessageLimits, headerFields: Number.POSITIVE_INFINITY };
const LF = 0x0a;
const CR = 0x0d;

/**
 * Header and body of a message after the edits. Undefined for a header that readers take apart differently: lines that
 * are no fields, no empty line before the body, a CR alone, a NUL, or one too long to be looked at. What one verifier
 * would hash is then not what another shows.
 */
export function outgoingMessage(raw: Uint8Array, edits: readonly HeaderEdit[]): OutgoingMessage | undefined {
  const { header } = parseMessage(raw, ALL_FIELDS);
  if (header.start !== 0 || header.fields.length === 0) return undefined;
  if (header.fields.some(({ key }) => key === '')) return undefined;
  const bodyStart = afterEmptyLine(raw, header.end);
  if (bodyStart === undefined) return undefined;
  const head = raw.subarray(0, bodyStart);
  if (hasForeignControl(head)) return undefined;
  const edited = edits.length === 0 ? head : Buffer.concat(applyHeaderEdits(head, edits));
  return {
    received: header,
    header: edits.length === 0 ? header : parseMessage(edited, ALL_FIELDS).header,
    raw: edited,
    bodyHash: hashesOf(raw.subarray(bodyStart)),
  };
}

function hashesOf(body: Uint8Array): OutgoingMessage['bodyHash'] {
  const known = new Map<Canonicalization, Uint8Array>();
  return (canonicalization) => {
    const hash = known.get(canonicalization) ?? bodyHashes(body, [{ canonicalization }])[0]?.digest;
    if (hash === undefined) throw new Error('a hash of the whole body is always there');
    known.set(canonicalization, hash);
    return hash;
  };
}

/** Where the body begins; the end of a message that has none. */
function afterEmptyLine(raw: Uint8Array, at: number): number | undefined {
  if (at === raw.length) return raw[at - 1] === LF ? at : undefined;
  if (raw[at] === LF) return at + 1;
  return raw[at] === CR && raw[at + 1] === LF ? at + 2 : undefined;
}

/** A NUL, or a CR that ends no line. */
function hasForeignControl(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return true;
  for (let at = bytes.indexOf(CR); at >= 0; at = bytes.indexOf(CR, at + 1))
    if (bytes[at + 1] !== LF) return true;
  return false;
}

/** Fields by name as canonicalization takes them, from the bottom up; ones put on top of the message last. */
export class FieldStack {
  readonly #fields = new Map<string, string[]>();

  constructor({ header, raw }: Pick<OutgoingMessage, 'header' | 'raw'>) {
    for (const field of header.fields.toReversed()) this.add(field.key, fieldText(raw, field));
  }

  /** Puts a field, `Name: value`, on top. */
  add(name: string, text: string): void {
    const key = name.toLowerCase();
    const same = this.#fields.get(key);
    if (same === undefined) this.#fields.set(key, [text]);
    else same.push(text);
  }

  count(name: string): number {
    return this.#fields.get(name.toLowerCase())?.length ?? 0;
  }

  /** The fields a list of names covers, in its order, the lowest of each name first (RFC 6376 §5.4.2). */
  covered(names: readonly string[]): string[] {
    const taken = new Map<string, number>();
    return names.flatMap((name) => {
      const key = name.toLowerCase();
      const index = taken.get(key) ?? 0;
      taken.set(key, index + 1);
      return this.#fields.get(key)?.[index] ?? [];
    });
  }
}
