import { createHash } from 'node:crypto';
import type { Envelope } from '../../message/envelope.ts';
import type { Message } from '../../message/types.ts';
import { classify, type Judgement } from './classify.ts';
import { userHash } from './entries.ts';
import type { BayesSettings } from './settings.ts';
import { TokenCounts } from './table.ts';
import { TokenSet } from './token-set.ts';
import { tokenize } from './tokenize.ts';

/** Fetches counts that are not in the table into it; resolves to false when it could not. */
export type FetchTokens = (tokens: BigUint64Array) => Promise<boolean>;

/** Judges messages by what was learned; for one thread. */
export class Bayes {
  readonly #settings: BayesSettings;
  readonly #table: TokenCounts;
  readonly #tokens: TokenSet;
  readonly #fetch: FetchTokens | undefined;

  /** `memory` is that of a {@link TokenCounts}, written by the main thread. */
  constructor(settings: BayesSettings, memory: SharedArrayBuffer, fetch?: FetchTokens) {
    this.#settings = settings;
    this.#table = new TokenCounts(memory);
    this.#tokens = new TokenSet(settings.tokens);
    this.#fetch = fetch;
  }

  /** Undefined while too little was learned. Bounded by `tokens`; never throws for what a message holds. */
  judge(message: Message, envelope: Envelope): Judgement | undefined {
    tokenize(message, this.#tokens);
    const { minimumLearned, userWeight } = this.#settings;
    const user = this.#settings.perUser ? soleRecipient(envelope) : undefined;
    return classify(this.#table, this.#tokens.words, this.#tokens.size, {
      minimumLearned,
      userWeight,
      ...(user === undefined ? {} : { user }),
    });
  }

  /** The tokens of a message, to be learned. */
  tokensOf(message: Message): BigUint64Array<ArrayBuffer> {
    tokenize(message, this.#tokens);
    return this.#tokens.toArray();
  }
}

/** The user whose counts are asked: he who alone gets the message. */
function soleRecipient({ recipients }: Envelope): bigint | undefined {
  const only = recipients.length === 1 ? recipients[0] : undefined;
  return only === undefined ? undefined : userHash(only.address);
}

/**
 * By what a message is known to have been learned: its Message-ID, Date, From and Subject and its body, so that the copy
 * in a mailbox, which has gained trace fields, is the same message.
 */
export function messageHash({ raw, header, root }: Message): bigint {
  const hash = createHash('sha256');
  for (const name of ['message-id', 'date', 'from', 'subject'])
    hash.update(`${header.get(name)?.value ?? ''}\n`);
  // Line endings differ between what the network brought and what lies in a folder.
  const body = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).subarray(root.bodyStart);
  hash.update(body.toString('latin1').replaceAll('\r\n', '\n').trimEnd(), 'latin1');
  return hash.digest().readBigUInt64LE(0);
}
