import type { Accounts } from '../accounts.ts';
import type { MechanismName } from '../settings.ts';
import type { TokenVerifier } from './oauth/token.ts';

/** What a server knows of the connection on which somebody logs in. */
export interface Channel {
  /** Address of the client; '' for the peer of a unix socket. */
  readonly address: string;
  /** Present once TLS is up. */
  readonly tls?: TlsChannel;
}

export interface TlsChannel {
  /** Octets that name this connection; undefined when it has none of that type. */
  binding(type: BindingType): Uint8Array | undefined;
  /** The certificate the client has shown, signed by one of the authorities; undefined without one. */
  readonly certificate?: ClientCertificate;
}

/** RFC 9266 §2 and RFC 5929 §4. */
export type BindingType = 'tls-exporter' | 'tls-server-end-point';

export interface ClientCertificate {
  /** `CN=anna,O=Example`. */
  readonly subject: string;
  /** Mail addresses among the alternative names. */
  readonly addresses: readonly string[];
}

/** How an exchange ended. */
export type Outcome =
  | {
      readonly type: 'success';
      /** The account whose mail and scripts are meant. */
      readonly account: string;
      /** The account whose password it was; another one for a proxy login. */
      readonly user: string;
      /** The mechanism's last word (RFC 4422 §3.6), to be sent with the success. */
      readonly data?: Uint8Array;
    }
  | { readonly type: 'failure'; readonly reason: FailureReason; readonly user?: string };

/**
 * `credentials`: wrong. `malformed`: not what the mechanism says. `unauthorized`: right, but not for the account that
 * was asked for. `binding`: another connection than the client's. `blocked`: too many failures, `busy` and `temporary`:
 * to be tried again later.
 */
export type FailureReason =
  | 'credentials'
  | 'malformed'
  | 'unauthorized'
  | 'binding'
  | 'blocked'
  | 'busy'
  | 'temporary';

/**
 * An exchange: yields challenges, is sent the client's responses. A mechanism in which the client begins yields an empty
 * challenge first (RFC 4422 §3.3): it is not sent when the response came with the command.
 */
export type Exchange = AsyncGenerator<Uint8Array, Outcome, Uint8Array>;

/** What mechanisms may use. */
export interface MechanismContext {
  readonly channel: Channel;
  readonly accounts: Pick<Accounts, 'verify' | 'owner' | 'scram'>;
  /** Whether mechanisms with channel binding are offered on this connection. */
  readonly bindingOffered: boolean;
  readonly tokens: TokenVerifier | undefined;
  /** Accounts by the subject of a certificate. */
  readonly subjects: ReadonlyMap<string, string>;
  readonly openidConfiguration: string;
  readonly random: (octets: number) => Uint8Array;
  /** Checks credentials, after the delay that earlier failures have earned. */
  guarded<T>(user: string, check: () => Promise<T | undefined>): Promise<T | undefined>;
  /** The outcome for who has proved to be `user`, and asks for the account `authorization` ('' for his own). */
  admit(user: string, authorization: string, data?: Uint8Array): Promise<Outcome>;
}

export interface Mechanism {
  readonly name: MechanismName;
  /** Whether it can be used on a connection. */
  available(context: MechanismContext): boolean;
  exchange(context: MechanismContext): Exchange;
}
