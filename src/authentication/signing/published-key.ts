import { createPublicKey } from 'node:crypto';
import { DnsError, type Resolver } from '../../net/resolver.ts';
import { type KeyRecord, parseKeyRecord } from '../dkim/key-record.ts';
import type { KeyType } from './key-file.ts';
import { MIN_RSA_BITS } from './key-file.ts';
import { isInForce, type SigningKey } from './keys.ts';

/** Octets of one string of a TXT record (RFC 1035 §3.3). */
const STRING_OCTETS = 255;
const ED25519_BYTES = 32;

/** Name of a key's record (RFC 6376 §3.6.2.1). */
export const recordName = ({ domain, selector }: Pick<SigningKey, 'domain' | 'selector'>): string =>
  `${selector}._domainkey.${domain}`;

/** The record that publishes a key (RFC 6376 §3.6.1, RFC 8463 §4). Of the private key only its public half is used. */
export function keyRecord(key: { type: KeyType; pem: string }): string {
  const der = createPublicKey(key.pem).export({ type: 'spki', format: 'der' });
  const data = key.type === 'ed25519' ? der.subarray(-ED25519_BYTES) : der;
  return `v=DKIM1; k=${key.type}; p=${data.toString('base64')}`;
}

/** The strings a TXT record is written as. */
export function txtStrings(record: string): string[] {
  return record.match(new RegExp(`.{1,${STRING_OCTETS}}`, 'g')) ?? [];
}

/** A line of a BIND zone file. */
export function zoneLine(name: string, record: string): string {
  const strings = txtStrings(record).map((text) => `"${text}"`);
  return `${name}. IN TXT ( ${strings.join('\n    ')} )`;
}

/** `fault`: mail that is signed with the key does not verify, or will not. */
export interface PublishedKey {
  /** `ok`, or the first thing that is wrong. */
  status:
    | 'ok'
    | 'missing'
    | 'different'
    | 'revoked'
    | 'syntax'
    | 'too-short'
    | 'unusable'
    | 'several'
    | 'unknown';
  fault: boolean;
  /** What it means, for a person. */
  text: string;
  /** The domain says that it is only trying (`t=y`): failures count as no signature. */
  testing: boolean;
}

/** Asks what is published for a key and compares. Never rejects for what the DNS answers. `now` is in milliseconds. */
export async function publishedKey(key: SigningKey, resolver: Resolver, now: number): Promise<PublishedKey> {
  // Who no longer signs, or not yet, is told, but nothing is wrong.
  const late = now >= key.notAfter;
  const answer = (status: PublishedKey['status'], text: string, testing = false): PublishedKey => ({
    status,
    fault: status !== 'ok' && isInForce(key, now),
    text,
    testing,
  });
  let records: string[];
  try {
    records = (await resolver.resolve(recordName(key), 'TXT')).map((strings) => strings.join(''));
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    if (error.code !== 'ENOTFOUND' && error.code !== 'ENODATA')
      return { ...answer('unknown', `the DNS does not answer (${error.code})`), fault: true };
    return answer('missing', late ? 'no longer published, and no longer in force' : 'nothing is published');
  }
  const [text = ''] = records;
  if (records.length > 1)
    return answer('several', `${records.length} TXT records: which one counts is undefined`);
  const record = parseKeyRecord(text);
  if ('fault' in record) return answer('syntax', `the record cannot be used: ${record.fault}`);
  if (record.key === undefined) return answer('revoked', 'the record revokes the key (empty p=)');
  const difference = unlike(key, record);
  return difference === undefined
    ? answer('ok', record.testing ? 'published, as a test (t=y)' : 'published', record.testing)
    : answer(difference.status, difference.text, record.testing);
}

function unlike(
  key: SigningKey,
  { bits, key: published, type, hashes, forEmail }: KeyRecord,
): Pick<PublishedKey, 'status' | 'text'> | undefined {
  if (type !== key.type)
    return { status: 'different', text: `a key of type ${type} is published, ours is ${key.type}` };
  if (type === 'rsa' && bits < MIN_RSA_BITS)
    return { status: 'too-short', text: `the published key has ${bits} bits: nobody verifies with it` };
  if (published?.equals(createPublicKey(key.pem)) !== true)
    return { status: 'different', text: 'another key is published than the one in the file' };
  if (hashes !== undefined && !hashes.includes('sha256'))
    return { status: 'unusable', text: 'h= of the record does not allow sha256' };
  if (!forEmail) return { status: 'unusable', text: 's= of the record does not allow email' };
  return undefined;
}
