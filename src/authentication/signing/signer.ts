import { createPrivateKey } from 'node:crypto';
import type { HeaderEdit } from '../../message/types.ts';
import { arcSet, nextSet } from './arc-sealer.ts';
import { believedFacts } from './believed-results.ts';
import { authorOf, mayUse } from './author.ts';
import { DKIM_SIGNATURE, dkimSignature, type UsableKey } from './dkim-signer.ts';
import type { SigningKey, SigningKeys } from './keys.ts';
import { FieldStack, type OutgoingMessage, outgoingMessage } from './outgoing-header.ts';
import { keysFor } from './select.ts';
import type { SigningSettings } from './settings.ts';
import { namesToSign } from './signed-fields.ts';
import { algorithmOf } from './signature-field.ts';
import type { SigningRequest, SigningResult } from './types.ts';

/** All a worker needs to sign: plain data. */
export interface SigningMaterial {
  settings: SigningSettings;
  keys: SigningKeys;
}

/** Signs and seals on the thread it is called on. */
export interface Signer {
  /** What is wrong with a message is in the result; throws for faults of ours alone. */
  sign(request: SigningRequest): SigningResult;
}

export function createSigner({ settings, keys }: SigningMaterial): Signer {
  const dkimKeys = keys.dkim.map(usable);
  const arcKey = keys.arc === undefined ? undefined : usable(keys.arc);

  /** Signatures of all keys in force, put on top of `fields` too: a seal covers them. */
  function signDkim(
    message: OutgoingMessage,
    fields: FieldStack,
    { dkim, now }: SigningRequest,
    result: SigningResult,
  ): void {
    if (dkim === undefined) return;
    const author = authorOf(message.header);
    if (typeof author === 'string') {
      result.unsigned = author;
      return;
    }
    result.author = author.domain;
    const inForce = keysFor(dkimKeys, author.domain, now);
    const names = namesToSign(fields, settings);
    if (inForce.length === 0) result.unsigned = 'no-key';
    else if (!mayUse(author, dkim.senders)) result.unsigned = 'sender-not-allowed';
    else if (names === undefined) result.unsigned = 'too-many-fields';
    if (names === undefined || result.unsigned !== undefined) return;
    const bodyHash = message.bodyHash(settings.bodyCanonicalization);
    const values = inForce.map((key) => dkimSignature(fields, names, bodyHash, key, settings, now));
    for (const value of values.toReversed()) fields.add(DKIM_SIGNATURE, `${DKIM_SIGNATURE}: ${value}`);
    result.edits.push(...values.map((value) => onTop(DKIM_SIGNATURE, value)));
    for (const { domain, selector, type } of inForce)
      result.signatures.push({ domain, selector, algorithm: algorithmOf(type) });
  }

  function seal(
    message: OutgoingMessage,
    fields: FieldStack,
    { seal: said, now }: SigningRequest,
    result: SigningResult,
  ): void {
    if (said === undefined) return;
    const facts = believedFacts(message.received, said);
    const set = nextSet(message.header, facts.chain);
    const names = namesToSign(fields, settings, [DKIM_SIGNATURE]);
    if (arcKey === undefined) result.unsealed = 'no-key';
    else if (typeof set === 'string') result.unsealed = set;
    else if (names === undefined) result.unsealed = 'too-many-fields';
    else {
      const content = { names, bodyHash: message.bodyHash('relaxed'), results: facts.results };
      const made = arcSet(message, fields, set, content, arcKey, now);
      result.edits.unshift(
        onTop('ARC-Seal', made.seal),
        onTop('ARC-Message-Signature', made.messageSignature),
        onTop('ARC-Authentication-Results', made.results),
      );
      result.sealed = set;
    }
  }

  return {
    sign(request) {
      const result: SigningResult = { edits: [], signatures: [] };
      const message = outgoingMessage(request.raw, request.edits);
      if (message === undefined) {
        if (request.dkim !== undefined) result.unsigned = 'header-syntax';
        if (request.seal !== undefined) result.unsealed = 'header-syntax';
        return result;
      }
      const fields = new FieldStack(message);
      signDkim(message, fields, request, result);
      seal(message, fields, request, result);
      return result;
    },
  };
}

const usable = (key: SigningKey): UsableKey => ({ ...key, key: createPrivateKey(key.pem) });

const onTop = (name: string, value: string): HeaderEdit => ({ kind: 'insert', position: 0, name, value });
