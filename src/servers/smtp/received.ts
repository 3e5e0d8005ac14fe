import { formatDate } from '../../message/date.ts';
import type { Envelope } from '../../message/envelope.ts';
import type { Protocol } from '../../transaction/types.ts';

/** What our Received field says besides the envelope. */
export interface ReceivedFacts {
  id: string;
  hostname: string;
  protocol: Extract<Protocol, 'smtp' | 'lmtp'>;
  /** False after HELO. */
  extended: boolean;
  now: Date;
}

/**
 * The value of our trace field (RFC 5321 §4.4), folded with `\n` + tab:
 *
 *     from helo (name [address]) by hostname with ESMTPS id … for <recipient>; date
 *
 * `for` is left out when there are several recipients, who must not learn of each other.
 */
export function receivedValue(envelope: Envelope, facts: ReceivedFacts): string {
  const { client, recipients } = envelope;
  const literal = client.address === undefined ? 'unix socket' : addressLiteral(client.address);
  const name = client.name === undefined ? '' : `${word(client.name)} `;
  const lines = [`from ${word(client.helo ?? 'unknown')} (${name}${literal})`];
  if (client.tls !== undefined)
    lines.push(
      `(using ${comment(client.tls.version ?? 'TLS')} with cipher ${comment(client.tls.cipher ?? 'unknown')})`,
    );
  lines.push(`by ${word(facts.hostname)} with ${transmissionType(envelope, facts)} id ${word(facts.id)}`);
  const only = recipients.length === 1 ? recipients[0]?.address : undefined;
  const date = formatDate(facts.now);
  // A path in the clause must be one that cannot be mistaken for anything else.
  if (only !== undefined && /^[^\s<>()\\"]+$/.test(only) && only.length < 300)
    lines.push(`for <${only}>; ${date}`);
  else lines[lines.length - 1] += `; ${date}`;
  return lines.join('\n\t');
}

/** The registered name of how it came (RFC 3848 §1, RFC 6531 §4.3 for UTF8). */
function transmissionType(envelope: Envelope, { protocol, extended }: ReceivedFacts): string {
  const { client } = envelope;
  if (protocol === 'smtp' && !extended) return 'SMTP';
  const unicode = envelope.smtputf8 === true;
  const base = protocol === 'lmtp' ? 'LMTP' : unicode ? 'SMTP' : 'ESMTP';
  const secured = client.tls === undefined ? '' : 'S';
  const authenticated = client.user === undefined ? '' : 'A';
  return `${unicode ? 'UTF8' : ''}${base}${secured}${authenticated}`;
}

const addressLiteral = (address: string): string =>
  address.includes(':') ? `[IPv6:${word(address)}]` : `[${word(address)}]`;

/** A word that came from outside: no white space, no structure of the field, bounded. */
const word = (text: string): string => text.replaceAll(/[^\w.:[\]+-]/g, '?').slice(0, 255) || 'unknown';

const comment = (text: string): string => text.replaceAll(/[^\w.-]/g, '?').slice(0, 80);
