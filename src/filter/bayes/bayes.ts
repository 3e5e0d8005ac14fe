import type { Envelope } from '../../message/envelope.ts';
import type { Message } from '../../message/types.ts';
import { classify, type Judgement } from './classify.ts';
import { userHash } from './entries.ts';
import type { BayesSettings } from './settings.ts';
import { TokenCounts } from './table.ts';
import { TokenSet } from './token-set.ts';
import { tokenize } from './tokenize.ts';

/** Judges messages by what was learned; for one thread. */
export class Bayes {
  readonly #settings: BayesSettings;
  readonly #table: TokenCounts;
  readonly #tokens: TokenSet;

  /** `memory` is that of a {@link TokenCounts}, written by the main thread. */
  constructor(settings: BayesSettings, memory: SharedArrayBuffer) {
    this.#settings = settings;
    this.#table = new TokenCounts(memory);
    this.#tokens = new TokenSet(settings.tokens);
  }

  /** Undefined while too little was learned. Bounded by `tokens`; never throws for what a message holds. */
  judge(message: Message, envelope: Envelope): Judgement | undefined {
    if (this.#table.size === 0) return undefined;
    tokenize(message, this.#tokens);
    const { minimumLearned, userWeight, perUser } = this.#settings;
    const user = perUser ? soleRecipient(envelope) : undefined;
    return classify(this.#table, this.#tokens.words, this.#tokens.size, {
      minimumLearned,
      userWeight,
      ...(user === undefined ? {} : { user }),
    });
  }
}

/** The user whose counts are asked: he who alone gets the message. */
function soleRecipient({ recipients }: Envelope): bigint | undefined {
  const only = recipients.length === 1 ? recipients[0] : undefined;
  return only === undefined ? undefined : userHash(only.address);
}
