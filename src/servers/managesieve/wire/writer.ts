import type { Capability, Response, ResponseCode } from './types.ts';

/** RFC 5804 §4: a quoted string has 1024 octets at most. */
const MAX_QUOTED = 1024;

/** `string`: quoted where it can be, otherwise `literal-s2c`, `{number}` CRLF and the octets (RFC 5804 §4). */
export function writeString(value: string | Uint8Array): Buffer {
  const octets = typeof value === 'string' ? Buffer.from(value, 'utf8') : Buffer.from(value);
  const text = octets.toString('latin1');
  if (octets.length <= MAX_QUOTED && !/[\0\r\n]/.test(text))
    return Buffer.from(`"${text.replace(/["\\]/g, '\\$&')}"`, 'latin1');
  return writeLiteral(octets);
}

/** `literal-s2c`. */
export function writeLiteral(octets: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`{${octets.length}}\r\n`), octets]);
}

const CRLF = Buffer.from('\r\n');

/** `response-ok / response-nobye`: the status, a code in parentheses, a text. */
export function writeResponse({ status, code, text }: Response): Buffer {
  return Buffer.concat([
    Buffer.from(status),
    ...(code === undefined ? [] : [Buffer.from(' ('), ...writeCode(code), Buffer.from(')')]),
    ...(text === undefined ? [] : [Buffer.from(' '), writeString(text.replace(/\r?\n/g, '\r\n'))]),
    CRLF,
  ]);
}

const writeCode = (code: ResponseCode): Buffer[] => [
  Buffer.from(code.name),
  ...('value' in code ? [Buffer.from(' '), writeString(code.value)] : []),
];

/**
 * Capabilities, a line each (RFC 5804 §1.7). Clients read them with simple patterns: always quoted, and what would need
 * an escape is left out.
 */
export function writeCapabilities(capabilities: readonly Capability[]): Buffer {
  const quoted = (text: string): string => `"${text.replace(/[\p{Cc}"\\]/gu, '')}"`;
  const lines = capabilities.map(([name, value]) =>
    value === undefined ? quoted(name) : `${quoted(name)} ${quoted(value)}`,
  );
  return Buffer.from(`${lines.join('\r\n')}\r\n`, 'utf8');
}

/** A challenge of SASL (RFC 5804 §2.1): Base64 in a string of its own line. */
export function writeChallenge(data: Uint8Array): Buffer {
  return Buffer.concat([writeString(Buffer.from(data).toString('base64')), CRLF]);
}

/** The content of a script, for GETSCRIPT (RFC 5804 §2.9). */
export function writeScript(octets: Uint8Array): Buffer {
  return Buffer.concat([writeLiteral(octets), CRLF]);
}

/** A line of LISTSCRIPTS (RFC 5804 §2.7). */
export function writeListed(name: string, active: boolean): Buffer {
  return Buffer.concat([writeString(name), Buffer.from(active ? ' ACTIVE\r\n' : '\r\n')]);
}
