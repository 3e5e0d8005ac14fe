import { hash } from 'node:crypto';

const LF = 0x0a;
const CR = 0x0d;

/** Whether a file has bare line feeds. */
function hasBareLf(raw: Buffer): boolean {
  for (let at = raw.indexOf(LF); at !== -1; at = raw.indexOf(LF, at + 1)) if (raw[at - 1] !== CR) return true;
  return false;
}

/** Every bare LF as CRLF. */
export function withCrlf(raw: Buffer): Buffer {
  let bare = 0;
  for (let at = raw.indexOf(LF); at !== -1; at = raw.indexOf(LF, at + 1)) if (raw[at - 1] !== CR) bare++;
  if (bare === 0) return raw;
  const out = Buffer.allocUnsafe(raw.length + bare);
  let from = 0;
  let to = 0;
  for (let at = raw.indexOf(LF); at !== -1; at = raw.indexOf(LF, at + 1)) {
    if (raw[at - 1] === CR) continue;
    to += raw.copy(out, to, from, at);
    out[to++] = CR;
    from = at;
  }
  raw.copy(out, to, from);
  return out;
}

/** A message as IMAP sends it. */
export interface Octets {
  readonly octets: Buffer;
  /** The file holds other ones: those with bare line feeds. */
  readonly lf: boolean;
  /** RFC 8474 §5.1: of the octets. */
  readonly emailId: string;
}

export function octetsOf(raw: Buffer): Octets {
  const lf = hasBareLf(raw);
  const octets = lf ? withCrlf(raw) : raw;
  const digest = hash('sha256', octets, 'buffer').subarray(0, 16);
  return { octets, lf, emailId: `M${digest.toString('base64url')}` };
}
