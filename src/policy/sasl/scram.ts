import { timingSafeEqual } from 'node:crypto';
import { saslPrep } from '../saslprep.ts';
import { digest, hmac, type ScramHash, type ScramKeys } from '../scram-keys.ts';
import { parseClientFinal, parseClientFirst, type ClientFirst } from './scram-message.ts';
import { EMPTY, failure } from './text.ts';
import type { BindingType, Mechanism, MechanismContext } from './types.ts';

/** The bindings of a PLUS mechanism: RFC 9266 §2 for TLS 1.3, RFC 5929 §4 for the clients that know no other. */
export const BINDINGS: readonly BindingType[] = ['tls-exporter', 'tls-server-end-point'];

/** Our half of the nonce, octets: RFC 5802 §5.1 wants it unpredictable. */
const NONCE_OCTETS = 18;

/** SCRAM (RFC 5802) with SHA-1, or with SHA-256 (RFC 7677), each with and without channel binding. */
function scram(name: Mechanism['name'], hash: ScramHash): Mechanism {
  const plus = name.endsWith('-PLUS');
  return {
    name,
    available: ({ bindingOffered }) => !plus || bindingOffered,
    async *exchange(context) {
      const first = parseClientFirst(yield EMPTY);
      const user = first === undefined ? undefined : saslPrep(first.user);
      if (first === undefined || user === undefined || user === '') return failure('malformed');
      const bound = expectedBinding(first, plus, context);
      if (bound === undefined) return failure('binding', user);

      const { account, salt, iterations, keys } = await context.accounts.scram(user, hash);
      const nonce = first.nonce + Buffer.from(context.random(NONCE_OCTETS)).toString('base64');
      const serverFirst = `r=${nonce},s=${Buffer.from(salt).toString('base64')},i=${iterations}`;
      const final = parseClientFinal(yield Buffer.from(serverFirst));
      if (final === undefined || final.nonce !== nonce) return failure('malformed', user);
      if (!same(final.binding, bound)) return failure('binding', user);

      const authMessage = `${first.bare},${serverFirst},${final.withoutProof}`;
      const proved = await context.guarded(user, async () =>
        provesPassword(hash, keys, authMessage, final.proof) ? account : undefined,
      );
      if (proved === undefined) return failure('credentials', user);
      const verifier = hmac(hash, keys.serverKey, authMessage).toString('base64');
      return context.admit(proved, first.authorization, Buffer.from(`v=${verifier}`));
    },
  };
}

/** What `c=` of the final message must hold (RFC 5802 §6); undefined when the client's wish does not fit. */
function expectedBinding(
  { binding, header }: ClientFirst,
  plus: boolean,
  { bindingOffered, channel }: MechanismContext,
): Buffer | undefined {
  if ((binding.flag === 'p') !== plus) return undefined;
  if (binding.flag === 'p') {
    const type = BINDINGS.find((known) => known === binding.type);
    const data = type === undefined ? undefined : channel.tls?.binding(type);
    return data === undefined ? undefined : Buffer.concat([Buffer.from(header), data]);
  }
  // The client thinks we cannot bind, and we said we can: somebody has changed our list on its way.
  if (binding.flag === 'y' && bindingOffered) return undefined;
  return Buffer.from(header);
}

/** RFC 5802 §3: the proof gives the client's key, whose hash is what we keep. */
function provesPassword(hash: ScramHash, keys: ScramKeys, authMessage: string, proof: Buffer): boolean {
  const signature = hmac(hash, keys.storedKey, authMessage);
  if (proof.length !== signature.length) return false;
  const clientKey = Buffer.from(proof.map((octet, at) => octet ^ (signature[at] ?? 0)));
  return same(digest(hash, clientKey), keys.storedKey);
}

const same = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

export const scramMechanisms: readonly Mechanism[] = [
  scram('SCRAM-SHA-256-PLUS', 'sha256'),
  scram('SCRAM-SHA-1-PLUS', 'sha1'),
  scram('SCRAM-SHA-256', 'sha256'),
  scram('SCRAM-SHA-1', 'sha1'),
];
