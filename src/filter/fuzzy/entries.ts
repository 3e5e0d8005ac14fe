/** What the store puts into the state, as bytes. All numbers little-endian. */
import { digestOf } from './fingerprint.ts';
import { FUZZY_KINDS, type FuzzyKind, SIGNATURE } from './types.ts';

/**
 * Something learned: how many messages it was learned from, by kind. A text has its signature behind the counts.
 *
 *     entry = deny:u32 probable:u32 white:u32 [number:u32 × 32]
 */
export interface Entry {
  counts: Record<FuzzyKind, number>;
  signature?: Uint32Array;
}

const COUNTS = FUZZY_KINDS.length * 4;
const TEXT = COUNTS + SIGNATURE * 4;
const MOST = 0xffff_ffff;

export const noCounts = (): Entry['counts'] => ({ deny: 0, probable: 0, white: 0 });

export function encodeEntry({ counts, signature }: Entry): Uint8Array {
  const bytes = Buffer.alloc(signature === undefined ? COUNTS : TEXT);
  for (const [index, kind] of FUZZY_KINDS.entries())
    bytes.writeUInt32LE(Math.min(Math.max(counts[kind], 0), MOST), index * 4);
  signature?.forEach((number, index) => bytes.writeUInt32LE(number, COUNTS + index * 4));
  return bytes;
}

/** Undefined for nothing, and for bytes that are no entry. */
export function decodeEntry(value: Uint8Array | undefined): Entry | undefined {
  if (value === undefined || (value.length !== COUNTS && value.length !== TEXT)) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const counts = noCounts();
  for (const [index, kind] of FUZZY_KINDS.entries()) counts[kind] = view.getUint32(index * 4, true);
  if (value.length === COUNTS) return { counts };
  const signature = Uint32Array.from({ length: SIGNATURE }, (_, index) =>
    view.getUint32(COUNTS + index * 4, true),
  );
  return { counts, signature };
}

/** Pairs of neighbours in a signature: texts alike by a half have one in common with 99 in 100. */
const BAND = 2;

/** Keys by which a text is found: one for each pair of numbers of its signature. */
export function bandKeys(signature: Uint32Array): string[] {
  const bytes = Buffer.alloc(SIGNATURE * 4);
  signature.forEach((number, index) => bytes.writeUInt32LE(number, index * 4));
  const keys: string[] = [];
  for (let band = 0; band < SIGNATURE / BAND; band++) {
    const part = bytes.subarray(band * BAND * 4, (band + 1) * BAND * 4);
    keys.push(`fuzzy/b/${band.toString(36)}${part.toString('base64url')}`);
  }
  return keys;
}

/** Key of the entry of a text, by its whole signature. */
export const textKey = (signature: Uint32Array): string =>
  `fuzzy/t/${digestOf(new Uint8Array(signature.buffer, signature.byteOffset, signature.byteLength))}`;

export const fileKey = (digest: string): string => `fuzzy/f/${digest}`;

/** Whether an entry may have this key: what is damaged leads nowhere. */
export const isEntryKey = (key: string): boolean => /^fuzzy\/[tf]\/[\w+/=-]{1,200}$/.test(key);

/** More entries than any message counts in. */
const MAX_LEARNED = 1024;

/** What is known of a message that was learned: as what, and which entries it counts in. */
export interface Learned {
  kind: FuzzyKind;
  keys: string[];
}

export const encodeLearned = ({ kind, keys }: Learned): Uint8Array => Buffer.from([kind, ...keys].join('\n'));

export function decodeLearned(value: Uint8Array | undefined): Learned | undefined {
  if (value === undefined) return undefined;
  const [kind, ...keys] = Buffer.from(value).toString().split('\n');
  const known = FUZZY_KINDS.find((one) => one === kind);
  return known === undefined
    ? undefined
    : { kind: known, keys: keys.filter(isEntryKey).slice(0, MAX_LEARNED) };
}
