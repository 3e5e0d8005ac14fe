import { createHash, type KeyObject, sign } from 'node:crypto';
import type { KeyType } from './key-file.ts';

/** Columns of a line, its fold included (RFC 5322 §2.1.1 prefers 78). */
const WIDTH = 76;
const FOLD = '\n\t';

/** `a=` of a key (RFC 6376 §3.3, RFC 8463 §3). */
export const algorithmOf = (type: KeyType): string => `${type}-sha256`;

/**
 * Value of a signature field, its `b=` last and empty: tags in the order given, folded between tags and after the
 * colons of a list. The values must be token-like: they are written as they are.
 */
export function signatureValue(
  name: string,
  tags: readonly (readonly [tag: string, value: string])[],
): string {
  let text = '';
  let column = name.length + 2;
  const write = (piece: string, space: string): void => {
    if (text !== '' && column + space.length + piece.length > WIDTH) {
      text += FOLD + piece;
      column = 1 + piece.length;
    } else {
      text += (text === '' ? '' : space) + piece;
      column += (text === piece ? 0 : space.length) + piece.length;
    }
  };
  for (const [tag, value] of tags) {
    const pieces = value.split(/(?<=:)/);
    for (const [index, piece] of pieces.entries()) {
      const end = index === pieces.length - 1 ? ';' : '';
      write(index === 0 ? `${tag}=${piece}${end}` : `${piece}${end}`, index === 0 ? ' ' : '');
    }
  }
  return `${text}${FOLD}b=`;
}

/** The field with its signature, folded; nothing but white space is added, which `b=` may hold (RFC 6376 §3.5). */
export function withSignature(value: string, signature: Uint8Array): string {
  const base64 = Buffer.from(signature).toString('base64');
  const lines = base64.match(/.{1,72}/g) ?? [];
  return value + lines.join(FOLD);
}

/**
 * Signs canonical text (latin1) with a private key: PKCS#1 v1.5 over SHA-256 (RFC 6376 §3.3.1), or Ed25519 over the
 * SHA-256 hash (RFC 8463 §3). Throws what node:crypto throws.
 */
export function signText(text: string, key: KeyObject, type: KeyType): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (type === 'rsa') return sign('sha256', bytes, key);
  return sign(null, createHash('sha256').update(bytes).digest(), key);
}
