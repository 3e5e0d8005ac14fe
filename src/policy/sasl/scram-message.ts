import { utf8 } from './text.ts';

/**
 * The client's messages of SCRAM (RFC 5802 §7):
 *
 *     client-first-message = gs2-header client-first-message-bare
 *     gs2-header           = gs2-cbind-flag "," [ "a=" saslname ] ","
 *     gs2-cbind-flag       = ("p=" cb-name) / "n" / "y"
 *     client-first-message-bare = [reserved-mext ","] username "," nonce ["," extensions]
 *     client-final-message = channel-binding "," nonce ["," extensions] "," proof
 */
export interface ClientFirst {
  /** `gs2-header` as it was written: the final message repeats it. */
  readonly header: string;
  /** `n`: none, `y`: the client would, but thinks we do not; otherwise the name of the binding. */
  readonly binding: { readonly flag: 'n' | 'y' } | { readonly flag: 'p'; readonly type: string };
  readonly authorization: string;
  readonly bare: string;
  readonly user: string;
  readonly nonce: string;
}

export interface ClientFinal {
  /** GS2 header and channel binding data. */
  readonly binding: Buffer;
  readonly nonce: string;
  readonly proof: Buffer;
  readonly withoutProof: string;
}

/** `saslname` with its two escapes undone; undefined when it is malformed. */
function unescapeName(name: string): string | undefined {
  if (/=(?!2C|3D)/.test(name)) return undefined;
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=');
}

/** `nonce`: printable US-ASCII without the comma. */
const NONCE = /^r=([\x21-\x2b\x2d-\x7e]+)$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function parseClientFirst(message: Uint8Array): ClientFirst | undefined {
  const text = utf8(message);
  const match = /^(?:(n|y)|p=([A-Za-z0-9.-]+)),(?:a=([^,\0]*))?,/.exec(text ?? '');
  if (text === undefined || match === null) return undefined;
  const bare = text.slice(match[0].length);
  const [name = '', nonce = '', ...extensions] = bare.split(',');
  // RFC 5802 §5.1: an unknown mandatory extension (`m=`) stands first, and makes us fail.
  const user = name.startsWith('n=') ? unescapeName(name.slice(2)) : undefined;
  const random = NONCE.exec(nonce)?.[1];
  const authorization = unescapeName(match[3] ?? '');
  const known = extensions.every((extension) => /^[A-Za-ln-z]=/.test(extension));
  if (user === undefined || user === '' || user.includes('\0')) return undefined;
  if (random === undefined || authorization === undefined || !known) return undefined;
  const type = match[2];
  return {
    header: match[0],
    binding: type === undefined ? { flag: match[1] === 'y' ? 'y' : 'n' } : { flag: 'p', type },
    authorization,
    bare,
    user,
    nonce: random,
  };
}

export function parseClientFinal(message: Uint8Array): ClientFinal | undefined {
  const text = utf8(message);
  const match = /^c=([^,]+),(r=[^,]+)(?:,[A-Za-ln-z]=[^,]*)*,p=([^,]+)$/.exec(text ?? '');
  const [, binding = '', nonce = '', proof = ''] = match ?? [];
  const random = NONCE.exec(nonce)?.[1];
  if (text === undefined || random === undefined || !BASE64.test(binding) || !BASE64.test(proof))
    return undefined;
  return {
    binding: Buffer.from(binding, 'base64'),
    nonce: random,
    proof: Buffer.from(proof, 'base64'),
    withoutProof: text.slice(0, text.lastIndexOf(',p=')),
  };
}
