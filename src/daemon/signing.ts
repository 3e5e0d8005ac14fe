import { believedFacts } from '../authentication/signing/believed-results.ts';
import type { SigningMaterial } from '../authentication/signing/signer.ts';
import type { SealFacts } from '../authentication/signing/types.ts';
import { toResult } from '../authentication/verifier.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { OutboundMail, OutboundSigner, ReceivedResults } from '../delivery/types.ts';
import type { SigningPool } from '../filter/pool.ts';
import type { Log } from '../log.ts';
import { parseMessage } from '../message/parse.ts';
import type { HeaderEdit } from '../message/types.ts';
import type { Accounts } from '../policy/accounts.ts';
import { Outgoing } from '../transaction/outgoing.ts';

/**
 * What the workers sign with; undefined when there is no key. Throws when the configuration names keys and was loaded
 * without them: mail would leave unsigned and nobody would know.
 */
export function signingMaterial({ config, keys }: LoadedConfig): SigningMaterial | undefined {
  if (config.signing.keys.length === 0 && config.arc.seal === undefined) return undefined;
  if (keys === undefined) throw new TypeError('the configuration was loaded without its private keys');
  return { settings: config.signing, keys: keys.keys };
}

/** Who signs and seals what leaves; undefined when there is no key. Tells the log what is odd about the keys. */
export function openOutgoing(
  loaded: LoadedConfig,
  parts: { accounts: Accounts; pool: SigningPool; log: Log },
): Outgoing | undefined {
  const { config, keys } = loaded;
  if (signingMaterial(loaded) === undefined) return undefined;
  for (const { path, text } of keys?.warnings ?? [])
    parts.log.warn({ setting: path.join('.'), reason: text }, 'signing key');
  return new Outgoing({
    signing: config.signing,
    sealing: config.arc,
    accounts: parts.accounts,
    policy: config.policy,
    pool: parts.pool,
    authservId: config.authentication.authservId ?? config.hostname,
  });
}

/** Signs what the spool takes: mail that scripts make as their owners, reports and bounces as ourselves; seals redirects. */
export function outboundSigner(outgoing: Outgoing | undefined, log: Log): OutboundSigner {
  return {
    async fields(mail) {
      const work = outgoing === undefined ? undefined : workFor(mail, outgoing);
      if (outgoing === undefined || work === undefined) return NOTHING;
      const own = log.child({ id: mail.cause, kind: mail.kind });
      try {
        return fieldBytes(await work(joined(mail.pieces), own), lineEndingOf(mail.pieces));
      } catch (err) {
        own.error({ err, mail: outgoing.onFailure }, 'cannot sign');
        if (outgoing.onFailure === 'tempfail') throw err;
        return NOTHING;
      }
    },
  };
}

/**
 * What our milter wrote into a message that now comes in by LMTP, where nothing is scanned a second time: the field with
 * our name, for the seals of redirects. It has removed those of others (RFC 8601 §5).
 */
export function earlierResults(authservId: string): (raw: Uint8Array) => ReceivedResults | undefined {
  return (raw) => {
    const none: SealFacts = { results: '', chain: 'none', believed: authservId };
    const { results, chain } = believedFacts(parseMessage(raw).header, none);
    return results === '' ? undefined : { field: results, arc: { result: chain } };
  };
}

const NOTHING = new Uint8Array();

type Work = (raw: Uint8Array, log: Log) => Promise<readonly HeaderEdit[]>;

function workFor(mail: OutboundMail, outgoing: Outgoing): Work | undefined {
  const { cause: id, kind, account, received } = mail;
  switch (kind) {
    case 'vacation':
    case 'notify':
      // A script may name any From: it is its owner's word, not ours.
      return account === undefined ? undefined : (raw, log) => outgoing.signOwn({ id, raw }, account, log);
    case 'bounce':
    case 'report':
      return (raw, log) => outgoing.signOwn({ id, raw }, undefined, log);
    case 'redirect': {
      if (received === undefined) return undefined;
      const facts: SealFacts = { results: received.field, chain: toResult(received.arc.result) };
      return (raw, log) => outgoing.seal({ id, raw }, facts, log);
    }
    case 'relay':
      // Signed when it came in, by who sent it.
      return undefined;
  }
}

/** One piece of memory that workers see too. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(new SharedArrayBuffer(pieces.reduce((sum, { length }) => sum + length, 0)));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function lineEndingOf(pieces: readonly Uint8Array[]): '\r\n' | '\n' {
  const first = pieces.find((piece) => piece.includes(0x0a));
  const lf = first?.indexOf(0x0a) ?? -1;
  return lf > 0 && first?.[lf - 1] === 0x0d ? '\r\n' : '\n';
}

function fieldBytes(edits: readonly HeaderEdit[], lineEnding: string): Uint8Array {
  const lines = edits.map((edit) =>
    edit.kind === 'insert' ? `${edit.name}: ${edit.value.replaceAll('\n', lineEnding)}${lineEnding}` : '',
  );
  return Buffer.from(lines.join(''), 'utf8');
}
