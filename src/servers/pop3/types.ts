import type { Channel } from '../../policy/sasl/types.ts';
import type { Maildrop } from './maildrop.ts';
import type { Pop3Options } from './options.ts';

/** RFC 1939 §3; UPDATE begins and ends within QUIT. */
export type State = 'authorization' | 'transaction';

/** What the connection does after a command. */
export type Afterwards = 'close' | 'stls';

/** One line of an answer, `+OK` or `-ERR` (RFC 1939 §3, RFC 2449 §8). */
export interface Reply {
  readonly ok: boolean;
  /** What stands in the brackets. */
  readonly code?: ResponseCode;
  readonly text: string;
}

/** RFC 2449 §8.1, RFC 3206 §4 and §5. */
export type ResponseCode = 'LOGIN-DELAY' | 'IN-USE' | 'SYS/TEMP' | 'SYS/PERM' | 'AUTH';

/** The connection of a session. */
export interface Link {
  /** Whether TLS could be begun. */
  readonly startTls: boolean;
  /** Throws {@link ClientGone} when the client is gone, or does not read. */
  write(octets: Buffer): Promise<void>;
  /** The client's next line, which is no command. Throws {@link ClientGone}. */
  line(): Promise<string>;
}

/** What commands see of a session. */
export interface Session {
  readonly options: Pop3Options;
  readonly link: Link;
  readonly channel: Channel;
  readonly state: State;
  /** Of the state TRANSACTION. */
  readonly maildrop: Maildrop;
  /** What USER has said. */
  userName: string | undefined;
  afterwards: Afterwards | undefined;
  /** A line, without its end. */
  send(line: string): void;
  sendOctets(octets: Buffer): void;
  /** Sends what waits when it is much. */
  flush(): Promise<void>;
  /** Sends what waits. */
  sendNow(): Promise<void>;
  /** Opens the maildrop of who has proved who he is. The reply of the command. */
  login(account: string): Promise<Reply>;
  /** The reply of a login that failed; the connection ends with the last one. */
  loginFailed(reply: Reply): Reply;
}

export interface Command {
  readonly name: string;
  /** When it may be given. */
  readonly states: readonly State[];
  /** How many arguments it takes, at least and at most; 'text': the rest of the line, which may not be empty. */
  readonly arguments: readonly [least: number, most: number] | 'text';
  /** Undefined when everything has been sent. May reject with `StoreError`. */
  run(session: Session, args: readonly string[]): Promise<Reply | undefined>;
}

/** The client has hung up, or cannot be answered any more. */
export class ClientGone extends Error {}
