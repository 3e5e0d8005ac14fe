import type { ResponseCode } from './types.ts';

/** The arguments are not what the grammar says: answered with BAD. */
export class BadArgument extends Error {}

/** A command that is refused, in the words the client gets. */
export class Refusal extends Error {
  readonly status: 'NO' | 'BAD';
  readonly code: ResponseCode | undefined;
  constructor(text: string, code?: ResponseCode, status: 'NO' | 'BAD' = 'NO') {
    super(text);
    this.code = code;
    this.status = status;
  }
}

/** The client is gone, or does not read what it asked for: its session ends. */
export class ClientGone extends Error {}
