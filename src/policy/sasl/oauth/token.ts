/** What a token says of its owner. */
export interface TokenOwner {
  /** The account's address, as the identity provider writes it. */
  readonly user: string;
}

/**
 * Checks bearer tokens. Undefined: the token is not good (RFC 6750 §3.1 `invalid_token`). Rejects when it cannot know
 * now: the client is told to try again.
 */
export interface TokenVerifier {
  verify(token: string): Promise<TokenOwner | undefined>;
}

/** RFC 6750 §2.1: `b64token`. */
export const isToken = (text: string): boolean => /^[A-Za-z0-9._~+/-]+=*$/.test(text);
