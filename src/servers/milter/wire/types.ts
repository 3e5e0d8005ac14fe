/**
 * Packets of the milter protocol as data. A packet is `uint32be length, byte code, data[length - 1]`.
 *
 * Text is UTF-8; bytes that are not valid UTF-8 are read as latin1, so that reading never fails. Where every byte
 * matters (header, body, unknown commands) the bytes themselves are given.
 */

/** The bytes were not the milter protocol. The connection cannot be used any more. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

/** A packet cut out of the stream. */
export interface Packet {
  /** The command or response, one ASCII character. */
  readonly code: string;
  readonly data: Buffer;
}

export interface Negotiate {
  readonly type: 'negotiate';
  readonly version: number;
  /** Bits of ACTIONS. */
  readonly actions: number;
  /** Bits of STEPS. */
  readonly steps: number;
}

/** Names of macros wanted at one stage (SETSYMLIST); they ride at the end of the filter's negotiation answer. */
export interface SymbolList {
  /** One of STAGES. */
  readonly stage: number;
  readonly names: readonly string[];
}

/** Address family of a connection. `unknown` has neither address nor port. */
export type Family = 'unknown' | 'unix' | 'inet' | 'inet6';

export interface Connect {
  readonly type: 'connect';
  readonly hostname: string;
  readonly family: Family;
  /** IP address, or path of the unix socket. */
  readonly address?: string;
  readonly port?: number;
}

/** Codes of commands that macros may precede. */
export type MacroStage = 'C' | 'H' | 'M' | 'R' | 'T' | 'L' | 'N' | 'B' | 'E' | 'U';

/** MTA → filter. */
export type Command =
  | Negotiate
  | {
      readonly type: 'macros';
      readonly stage: MacroStage;
      readonly macros: ReadonlyArray<readonly [name: string, value: string]>;
    }
  | Connect
  | { readonly type: 'helo'; readonly name: string }
  /** `argv[0]` is the address in angle brackets, the rest ESMTP parameters. */
  | { readonly type: 'mail'; readonly argv: readonly string[] }
  | { readonly type: 'rcpt'; readonly argv: readonly string[] }
  | { readonly type: 'data' }
  | { readonly type: 'header'; readonly name: Buffer; readonly value: Buffer }
  | { readonly type: 'eoh' }
  | { readonly type: 'body'; readonly chunk: Buffer }
  /** The last piece of the body may ride along. */
  | { readonly type: 'eom'; readonly chunk: Buffer }
  | { readonly type: 'abort' }
  | { readonly type: 'quit' }
  /** This SMTP connection is over, another follows on the same socket with what was negotiated. */
  | { readonly type: 'quit-new-connection' }
  | { readonly type: 'unknown'; readonly command: Buffer };

export type CommandType = Command['type'];

/** Filter → MTA: answers that carry nothing. */
export type PlainResponse =
  | 'continue'
  | 'accept'
  | 'reject'
  | 'tempfail'
  | 'discard'
  | 'skip'
  | 'connection-failure'
  | 'shutdown'
  | 'progress';

/** Filter → MTA. */
export type Response =
  | { readonly type: PlainResponse }
  | (Negotiate & { readonly symbols: readonly SymbolList[] })
  /** Text as it is on the wire, see `reply.ts`. */
  | { readonly type: 'reply'; readonly text: string }
  | { readonly type: 'add-recipient'; readonly address: string; readonly parameters?: string }
  | { readonly type: 'delete-recipient'; readonly address: string }
  | { readonly type: 'change-sender'; readonly address: string; readonly parameters?: string }
  | { readonly type: 'replace-body'; readonly chunk: Buffer }
  | { readonly type: 'add-header'; readonly name: string; readonly value: string }
  | {
      readonly type: 'insert-header';
      readonly index: number;
      readonly name: string;
      readonly value: string;
    }
  /** `index` is 1-based among the fields of that name; an empty value deletes the field. */
  | {
      readonly type: 'change-header';
      readonly index: number;
      readonly name: string;
      readonly value: string;
    }
  | { readonly type: 'quarantine'; readonly reason: string };
