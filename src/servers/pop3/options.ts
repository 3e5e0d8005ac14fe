import type { Log } from '../../log.ts';
import type { TlsIdentity } from '../../net/tls.ts';
import type { Sasl } from '../../policy/sasl/sasl.ts';
import type { MailStore } from '../../store/mail/types.ts';
import type { Pop3Settings } from './settings.ts';

/** What a session needs. */
export interface Pop3Options {
  readonly settings: Pop3Settings;
  readonly sasl: Sasl;
  readonly store: Pick<MailStore, 'account'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

export interface Pop3ServerOptions extends Pop3Options {
  /** Without it STLS is not offered, and nobody can log in but clients on this machine, where the settings allow it. */
  readonly tls?: TlsIdentity;
  /** Certificates (PEM) of those who sign certificates of clients; '' or undefined: no client is asked for one. */
  readonly authorities?: string;
  /** Clients that are turned away when they connect. */
  readonly blockedNetworks?: readonly string[];
}
