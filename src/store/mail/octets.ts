import { hash } from 'node:crypto';

const LF = 0x0a;
const CR = 0x0d;

/**
 * Whether a file has bare line feeds as its line endings: its first line says it. One that came over the network begins with
 * CRLF, and goes out octet by octet as it came, whatever stands in it.
 */
function isLfFile(raw: Uint8Array): boolean {
  const end = raw.indexOf(LF);
  return end === 0 || (end > 0 && raw[end - 1] !== CR);
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
  /** The file holds other ones: its line endings are bare line feeds. */
  readonly lf: boolean;
  /** RFC 8474 §5.1: of the octets. */
  readonly emailId: string;
}

export function octetsOf(raw: Buffer): Octets {
  const lf = isLfFile(raw);
  const octets = lf ? withCrlf(raw) : raw;
  const digest = hash('sha256', octets, 'buffer').subarray(0, 16);
  return { octets, lf, emailId: `M${digest.toString('base64url')}` };
}
