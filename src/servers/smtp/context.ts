import type { Log } from '../../log.ts';
import type { MemoryBudget } from '../../net/memory-budget.ts';
import type { Transactions } from '../../transaction/types.ts';
import type { MailConnection } from './connection.ts';
import type { ExchangeOptions } from './exchange.ts';
import type { TrustedPeers } from './peers.ts';
import type { SessionSettings } from './settings.ts';

/** What the connections of one server share. */
export interface ConnectionContext {
  settings: SessionSettings;
  exchange: ExchangeOptions;
  transactions: Transactions;
  log: Log;
  trust: { proxyProtocol: TrustedPeers; xclient: TrustedPeers; xforward: TrustedPeers };
  /** Of messages coming in, over all servers. */
  memory: MemoryBudget;
  /** Milliseconds. */
  greetingDelay: number;
  /** Commands the server does not know in clear, or with TLS. */
  disabledCommands(secure: boolean): string[];
  /** All that are open, over all addresses listened on. */
  connections: Set<MailConnection>;
}
