/**
 * What goes over the line in ManageSieve (RFC 5804 §4).
 */

/** An argument of a command. */
export type Argument =
  | {
      readonly type: 'string';
      readonly octets: Buffer;
    }
  | { readonly type: 'number'; readonly value: number }
  /** A literal that was larger than allowed, and was read over. */
  | { readonly type: 'oversize'; readonly size: number };

/** One line of a client, its literals included. */
export type Line =
  /** `name` in upper case. */
  | { readonly type: 'command'; readonly name: string; readonly arguments: readonly Argument[] }
  /** A string alone: the response to a challenge (RFC 5804 §2.1). */
  | { readonly type: 'response'; readonly argument: Argument }
  | { readonly type: 'malformed'; readonly fault: string };

/** RFC 5804 §1.3, with QUOTA/MAXSTORAGE, which clients know from other servers. */
export type ResponseCode =
  | {
      readonly name:
        | 'ACTIVE'
        | 'ALREADYEXISTS'
        | 'AUTH-TOO-WEAK'
        | 'ENCRYPT-NEEDED'
        | 'NONEXISTENT'
        | 'QUOTA'
        | 'QUOTA/MAXSCRIPTS'
        | 'QUOTA/MAXSIZE'
        | 'QUOTA/MAXSTORAGE'
        | 'TRYLATER'
        | 'WARNINGS';
    }
  | { readonly name: 'SASL' | 'TAG'; readonly value: Uint8Array };

/** How a command ended (RFC 5804 §1.2). BYE ends the connection, too. */
export interface Response {
  readonly status: 'OK' | 'NO' | 'BYE';
  readonly code?: ResponseCode;
  /** UTF-8 for a person; several lines are divided by LF. */
  readonly text?: string;
}

/** A line of the capabilities (RFC 5804 §1.7). */
export type Capability = readonly [name: string, value?: string];
