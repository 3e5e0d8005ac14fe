import type { Header, HeaderField } from '../../message/types.ts';
import { MAX_INSTANCE, readInstance } from '../arc/instance.ts';
import { canonicalField, canonicalSignature } from '../dkim/canonical.ts';
import { fieldText } from '../dkim/fields.ts';
import { parseTagList } from '../dkim/tag-list.ts';
import type { UsableKey } from './dkim-signer.ts';
import type { FieldStack, OutgoingMessage } from './outgoing-header.ts';
import { algorithmOf, signatureValue, signText, withSignature } from './signature-field.ts';
import type { SealFacts, UnsealedReason } from './types.ts';

const RESULTS = 'ARC-Authentication-Results';
const MESSAGE_SIGNATURE = 'ARC-Message-Signature';
const SEAL = 'ARC-Seal';
/** In the order they are hashed (RFC 8617 §5.1.1). */
const SET = [RESULTS, MESSAGE_SIGNATURE, SEAL] as const;
/** Characters of an ARC field; the verifier takes no chain that has more in all (`limits.arcBytes`). */
const MAX_FIELD = 131_072;

export type ChainStatus = 'none' | 'pass' | 'fail';

/** The set that is to be added. */
export interface NextSet {
  instance: number;
  cv: ChainStatus;
}

/** What an ARC set of ours would be in this message, or why there is to be none (RFC 8617 §5.1). */
export function nextSet(header: Header, chain: SealFacts['chain']): NextSet | UnsealedReason {
  const fields = SET.flatMap((name) => header.all(name));
  if (fields.length === 0) return { instance: 1, cv: 'none' };
  const instances = fields.map((field) => instanceOf(field));
  const highest = Math.max(...instances);
  if (highest >= MAX_INSTANCE) return 'too-many-sets';
  const newest = header.all(SEAL).filter((field) => instanceOf(field) === highest);
  // A chain that is known to be broken stays so: further seals say nothing.
  if (newest.some((field) => tagsOf(field).get('cv')?.toLowerCase() === 'fail')) return 'chain-failed-before';
  // The DNS did not answer, or the chain was too long to be looked at: to call it broken would break it for everybody.
  if (chain === 'temperror' || chain === 'policy') return 'chain-unknown';
  // A script may have taken a field out of a chain that was good when it came.
  const whole = new Set(fields.map(({ key }, index) => `${key} ${instances[index]}`)).size === 3 * highest;
  const good = chain === 'pass' && whole && fields.length === 3 * highest;
  return { instance: highest + 1, cv: good ? 'pass' : 'fail' };
}

/** Values of the three fields of a set, with `\n` and tab as folds. */
export interface ArcSet {
  results: string;
  messageSignature: string;
  seal: string;
}

/**
 * Makes an ARC set (RFC 8617 §5.1.1): `names` are the fields its ARC-Message-Signature covers, `bodyHash` is of the
 * relaxed body, `results` what stands in ARC-Authentication-Results behind `i=`. `now` is in milliseconds.
 */
export function arcSet(
  message: OutgoingMessage,
  fields: FieldStack,
  set: NextSet,
  content: { names: readonly string[]; bodyHash: Uint8Array; results: string },
  key: UsableKey,
  now: number,
): ArcSet {
  const instance = ['i', String(set.instance)] as const;
  const algorithm = ['a', algorithmOf(key.type)] as const;
  const time = ['t', String(Math.floor(now / 1000))] as const;
  const signer = [['d', key.domain] as const, ['s', key.selector] as const];

  const results = `i=${set.instance}; ${content.results}`;
  const unsigned = signatureValue(MESSAGE_SIGNATURE, [
    instance,
    algorithm,
    ['c', 'relaxed/relaxed'],
    ...signer,
    time,
    ['h', content.names.join(':')],
    ['bh', Buffer.from(content.bodyHash).toString('base64')],
  ]);
  const covered = fields.covered(content.names).map((field) => canonicalField(field, 'relaxed'));
  const messageSignature = withSignature(
    unsigned,
    signText(
      covered.join('') + canonicalSignature(`${MESSAGE_SIGNATURE}: ${unsigned}`, 'relaxed'),
      key.key,
      key.type,
    ),
  );
  const unsealed = signatureValue(SEAL, [instance, algorithm, time, ['cv', set.cv], ...signer]);
  // RFC 8617 §5.1.2: of a broken chain only its own set is sealed.
  const earlier = set.cv === 'pass' ? earlierSets(message, set.instance) : '';
  const sealed =
    earlier +
    canonicalField(`${RESULTS}: ${results}`, 'relaxed') +
    canonicalField(`${MESSAGE_SIGNATURE}: ${messageSignature}`, 'relaxed') +
    canonicalSignature(`${SEAL}: ${unsealed}`, 'relaxed');
  return { results, messageSignature, seal: withSignature(unsealed, signText(sealed, key.key, key.type)) };
}

/** The sets of a chain that passed, in their order. */
function earlierSets({ header, raw }: OutgoingMessage, below: number): string {
  const byPlace = new Map<string, string>();
  for (const name of SET)
    for (const field of header.all(name)) byPlace.set(`${name} ${instanceOf(field)}`, fieldText(raw, field));
  let text = '';
  for (let instance = 1; instance < below; instance++)
    for (const name of SET) text += canonicalField(byPlace.get(`${name} ${instance}`) ?? '', 'relaxed');
  return text;
}

/** `i=` of an ARC field as a verifier reads it; 0 when it has none, or is too long to be one. */
function instanceOf(field: HeaderField): number {
  return field.rawValue.length > MAX_FIELD ? 0 : (readInstance(field) ?? 0);
}

const tagsOf = ({ rawValue }: HeaderField): ReadonlyMap<string, string> =>
  parseTagList(rawValue.slice(0, MAX_FIELD)).tags;
