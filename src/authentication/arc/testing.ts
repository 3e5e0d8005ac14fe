import type { KeyObject } from 'node:crypto';
import { canonicalField, canonicalSignature } from '../dkim/canonical.ts';
import { signText, signedBy } from '../dkim/testing.ts';

const signatureTags = { v: undefined, h: 'from:to:subject' };

/** What of a set is otherwise: the value of its ARC-Authentication-Results, and tags. */
export interface SetChanges {
  results?: string;
  signature?: Record<string, string | undefined>;
  seal?: Record<string, string>;
}

/** For tests: a message (latin1) with one more ARC set on top, whose chain so far must have been made by this too. */
export function sealedBy(
  privateKey: KeyObject,
  selector: string,
  raw: string,
  instance: number,
  changes: SetChanges = {},
): string {
  const tags = { ...signatureTags, i: String(instance), s: selector, ...changes.signature };
  const signed = signedBy(privateKey, raw, tags, 'ARC-Message-Signature');
  const results = `ARC-Authentication-Results: ${changes.results ?? `i=${instance}; mx.example; spf=none`}\r\n`;
  const list = Object.entries({
    i: String(instance),
    a: privateKey.asymmetricKeyType === 'ed25519' ? 'ed25519-sha256' : 'rsa-sha256',
    cv: instance === 1 ? 'none' : 'pass',
    d: 'example.com',
    s: selector,
    ...changes.seal,
  });
  const seal = `ARC-Seal: ${list.map(([tag, value]) => `${tag}=${value}`).join('; ')}; b=`;
  // Sets stand newest first, each as AS, AAR, AMS; covered are they oldest first, each as AAR, AMS, AS.
  const earlier = (/^(?:ARC-[^\r]*\r\n)*/.exec(raw)?.[0] ?? '').split('\r\n').slice(0, -1);
  const sets: string[][] = [[results, signed.slice(0, signed.indexOf('\r\n'))]];
  for (let at = 0; at < earlier.length; at += 3)
    sets.push([...earlier.slice(at + 1, at + 3), earlier[at] ?? '']);
  const data = sets
    .toReversed()
    .flat()
    .map((text) => canonicalField(text, 'relaxed'))
    .join('');
  return `${seal}${signText(privateKey, data + canonicalSignature(seal, 'relaxed'))}\r\n${results}${signed}`;
}
