import { type MessageLimits, defaultMessageLimits } from '../../message/limits.ts';
import { parseMessage } from '../../message/parse.ts';
import { messageHash } from './identity.ts';
import type { LearnKind, LearnRequest } from './record.ts';
import { TokenSet } from './token-set.ts';
import { tokenize } from './tokenize.ts';

export interface RequestMakerOptions {
  /** Tokens looked at in one message, as when it is judged. */
  tokens: number;
  limits?: MessageLimits;
  /** Who learns, see `userHash`; 0n for everybody. */
  user?: bigint;
  /** Milliseconds since the epoch. */
  now: () => number;
}

const DAY = 86_400_000;

/** Makes of messages what is to be learned of them. */
export class RequestMaker {
  readonly #options: RequestMakerOptions;
  readonly #tokens: TokenSet;

  constructor(options: RequestMakerOptions) {
    this.#options = options;
    this.#tokens = new TokenSet(options.tokens);
  }

  /** Never throws for what the message holds. */
  make(raw: Uint8Array, kind: LearnKind): LearnRequest {
    const { limits = defaultMessageLimits, user = 0n, now } = this.#options;
    const message = parseMessage(raw, limits);
    tokenize(message, this.#tokens);
    return {
      kind,
      day: Math.floor(now() / DAY) & 0xffff,
      user,
      message: messageHash(message),
      tokens: this.#tokens.toArray(),
    };
  }
}
