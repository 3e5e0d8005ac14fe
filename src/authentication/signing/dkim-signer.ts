import { canonicalField, canonicalSignature } from '../dkim/canonical.ts';
import type { KeyObject } from 'node:crypto';
import type { SigningKey } from './keys.ts';
import type { FieldStack } from './outgoing-header.ts';
import type { SigningSettings } from './settings.ts';
import { algorithmOf, signatureValue, signText, withSignature } from './signature-field.ts';

/** A key a worker can sign with. */
export interface UsableKey extends SigningKey {
  key: KeyObject;
}

export const DKIM_SIGNATURE = 'DKIM-Signature';

/**
 * The value of a DKIM-Signature field (RFC 6376 §3.5) over `names`, with `\n` and tab as folds. `bodyHash` is of the
 * whole body in the canonical form of the settings: `l=` would let anybody add to it. `now` is in milliseconds.
 */
export function dkimSignature(
  fields: FieldStack,
  names: readonly string[],
  bodyHash: Uint8Array,
  key: UsableKey,
  settings: Pick<SigningSettings, 'headerCanonicalization' | 'bodyCanonicalization' | 'expiry'>,
  now: number,
): string {
  const { headerCanonicalization: header, bodyCanonicalization: body, expiry } = settings;
  const seconds = Math.floor(now / 1000);
  const value = signatureValue(DKIM_SIGNATURE, [
    ['v', '1'],
    ['a', algorithmOf(key.type)],
    ['c', `${header}/${body}`],
    ['d', key.domain],
    ['s', key.selector],
    ['t', String(seconds)],
    ...(expiry > 0 ? [['x', String(seconds + expiry)] as const] : []),
    ['h', names.join(':')],
    ['bh', Buffer.from(bodyHash).toString('base64')],
  ]);
  const signed =
    fields
      .covered(names)
      .map((field) => canonicalField(field, header))
      .join('') + canonicalSignature(`${DKIM_SIGNATURE}: ${value}`, header);
  return withSignature(value, signText(signed, key.key, key.type));
}
