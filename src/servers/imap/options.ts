import type { ImapEvents } from '../../delivery/imap-events/types.ts';
import type { Log } from '../../log.ts';
import type { MemoryBudget } from '../../net/memory-budget.ts';
import type { TlsIdentity } from '../../net/tls.ts';
import type { Sasl } from '../../policy/sasl/sasl.ts';
import type { MailStore } from '../../store/mail/types.ts';
import type { SearchIndexes } from '../../store/search/types.ts';
import type { ImapSettings } from './settings.ts';
import type { TeachingSettings } from './teaching.ts';

/** What a session needs. */
export interface ImapOptions {
  readonly settings: ImapSettings;
  readonly sasl: Sasl;
  readonly store: MailStore;
  /** Without them every search of a text reads the messages. */
  readonly search?: SearchIndexes;
  /** Absent: nothing is learned of what users do with their mail. */
  readonly teaching?: TeachingSettings | undefined;
  /** Absent: events run no scripts. */
  readonly events?: ImapEvents;
  /** Octets of a message that APPEND takes. */
  readonly appendLimit: number;
  /** Of literals coming in, over all connections. */
  readonly memory: MemoryBudget;
  /** What the answer to ID says of us besides the name (RFC 2971 §3.3). */
  readonly version?: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

export interface ImapServerOptions extends ImapOptions {
  /** Without it STARTTLS is not offered, and nobody can log in but clients on this machine, where the settings allow it. */
  readonly tls?: TlsIdentity;
  /** Certificates (PEM) of those who sign certificates of clients; '' or undefined: no client is asked for one. */
  readonly authorities?: string;
  /** Clients that are turned away when they connect. */
  readonly blockedNetworks?: readonly string[];
}
