import { createHash, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { parseMessage } from '../../message/parse.ts';
import { bodyHashes } from './body-hash.ts';
import { canonicalField, canonicalSignature } from './canonical.ts';
import type { Canonicalization } from './canonical.ts';
import { coveredFields, fieldText } from './fields.ts';

/** For tests: the TXT record of a public key. */
export function keyRecord(key: KeyObject, tags = 'v=DKIM1'): string {
  const der = key.export({ type: 'spki', format: 'der' });
  return key.asymmetricKeyType === 'ed25519'
    ? `${tags}; k=ed25519; p=${der.subarray(-32).toString('base64')}`
    : `${tags}; p=${der.toString('base64')}`;
}

/**
 * For tests: a message (latin1) with one more DKIM-Signature on top, whose tags may be anything; `undefined` leaves a
 * tag out. Hash and signature are right for what the tags say, as far as that can be done.
 */
export function signedBy(
  key: KeyObject,
  raw: string,
  changes: Readonly<Record<string, string | undefined>> = {},
  name = 'DKIM-Signature',
): string {
  const tags: Record<string, string | undefined> = {
    v: '1',
    a: key.asymmetricKeyType === 'ed25519' ? 'ed25519-sha256' : 'rsa-sha256',
    c: 'relaxed/relaxed',
    d: 'example.com',
    s: 's',
    h: 'from:to:subject',
    ...changes,
  };
  const [header = 'simple', body = 'simple'] = (tags['c'] ?? '').toLowerCase().split('/');
  const form = (text: string): Canonicalization => (text === 'relaxed' ? 'relaxed' : 'simple');
  const message = parseMessage(Buffer.from(raw, 'latin1'));
  const length = Number(tags['l'] ?? Number.NaN);
  const [hash] = bodyHashes(message.raw.subarray(message.root.bodyStart), [
    { canonicalization: form(body), ...(Number.isInteger(length) && { length }) },
  ]);
  const values = { bh: hash?.digest?.toString('base64') ?? `${'A'.repeat(43)}=`, ...tags };
  const list = Object.entries(values).flatMap(([tag, value]) =>
    value === undefined ? [] : [`${tag}=${value}`],
  );
  const field = `${name}: ${list.join('; ')}; b=`;
  const data =
    coveredFields(message.header, (tags['h'] ?? '').replace(/\s/g, '').split(':'))
      .map((each) => canonicalField(fieldText(message.raw, each), form(header)))
      .join('') + canonicalSignature(field, form(header));
  return `${field}${signText(key, data)}\r\n${raw}`;
}

/** For tests: the signature over latin1 text, as base64. */
export function signText(key: KeyObject, text: string): string {
  const data = Buffer.from(text, 'latin1');
  const signature =
    key.asymmetricKeyType === 'ed25519'
      ? sign(null, createHash('sha256').update(data).digest(), key)
      : sign('sha256', data, key);
  return signature.toString('base64');
}
