import { isIP, isIPv4, isIPv6 } from 'node:net';

/**
 * The PROXY protocol, versions 1 (a line of text) and 2 (binary): what a load balancer says of the client before the
 * client's own first byte. Reads from the first bytes of a connection; how they were cut makes no difference.
 */
export interface ProxyHeader {
  /** Octets of the connection that are the header. */
  length: number;
  /** Absent for LOCAL and UNKNOWN (the balancer's own health checks) and for families other than IP. */
  source?: { address: string; port: number };
  destination?: { address: string; port: number };
}

/** The first bytes are no PROXY header. */
export class ProxyHeaderError extends Error {}

/** Version 1: the longest line is 107 octets with its CRLF. */
const MAX_V1 = 107;
/** Version 2: addresses and TLVs. Balancers send some hundred octets; TLVs (certificates, ids) are skipped. */
const MAX_V2_BODY = 4096;
const SIGNATURE_V1 = Buffer.from('PROXY ');
const SIGNATURE_V2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);

/** The header at the start of `bytes`; undefined when more is needed. Throws {@link ProxyHeaderError}. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  if (startsAs(bytes, SIGNATURE_V2)) return bytes.length < 16 ? undefined : parseV2(bytes);
  if (startsAs(bytes, SIGNATURE_V1)) return parseV1(bytes);
  throw new ProxyHeaderError('no PROXY header');
}

/** Whether what is there of the bytes agrees with the signature. */
function startsAs(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.subarray(0, length).equals(signature.subarray(0, length));
}

function parseV1(bytes: Buffer): ProxyHeader | undefined {
  const end = bytes.subarray(0, MAX_V1).indexOf('\r\n');
  if (end === -1) {
    if (bytes.length >= MAX_V1) throw new ProxyHeaderError('PROXY line is too long');
    return undefined;
  }
  const line = bytes.toString('latin1', SIGNATURE_V1.length, end);
  const length = end + 2;
  if (line === 'UNKNOWN' || line.startsWith('UNKNOWN ')) return { length };
  const [family, source = '', destination = '', sourcePort = '', destinationPort = '', ...more] =
    line.split(' ');
  const matches = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : () => false;
  const ports = [sourcePort, destinationPort].every(
    (port) => /^(?:0|[1-9]\d{0,4})$/.test(port) && Number(port) <= 65_535,
  );
  if (!matches(source) || !matches(destination) || !ports || more.length > 0)
    throw new ProxyHeaderError('PROXY line is malformed');
  return {
    length,
    source: { address: source.toLowerCase(), port: Number(sourcePort) },
    destination: { address: destination.toLowerCase(), port: Number(destinationPort) },
  };
}

function parseV2(bytes: Buffer): ProxyHeader | undefined {
  const version = bytes.readUInt8(12) >> 4;
  const command = bytes.readUInt8(12) & 0x0f;
  const family = bytes.readUInt8(13) >> 4;
  const body = bytes.readUInt16BE(14);
  if (version !== 2 || command > 1) throw new ProxyHeaderError('PROXY version or command is unknown');
  if (body > MAX_V2_BODY) throw new ProxyHeaderError('PROXY header is too long');
  const length = 16 + body;
  if (bytes.length < length) return undefined;
  const LOCAL = 0;
  if (command === LOCAL) return { length };
  const octets = family === 1 ? 4 : family === 2 ? 16 : 0;
  if (octets === 0) return { length };
  if (body < 2 * octets + 4) throw new ProxyHeaderError('PROXY header is too short for its addresses');
  const at = 16;
  return {
    length,
    source: { address: address(bytes, at, octets), port: bytes.readUInt16BE(at + 2 * octets) },
    destination: {
      address: address(bytes, at + octets, octets),
      port: bytes.readUInt16BE(at + 2 * octets + 2),
    },
  };
}

function address(bytes: Buffer, at: number, octets: number): string {
  if (octets === 4) return bytes.subarray(at, at + 4).join('.');
  const groups: string[] = [];
  for (let i = at; i < at + 16; i += 2) groups.push(bytes.readUInt16BE(i).toString(16));
  // RFC 5952 §4.2: the longest run of zero groups becomes `::`.
  const text = groups.join(':');
  const runs = text.match(/\b0(?::0)+\b/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '');
  if (longest === '') return text;
  const short = text.replace(longest, ':').replace(/:{3,}/, '::');
  return isIP(short) === 6 ? short : text;
}
