import type { Quarantine } from '../../delivery/quarantine.ts';
import type { Delivery, ReceivedResults } from '../../delivery/types.ts';
import type { Log } from '../../log.ts';
import { type MemoryBudget, unbounded } from '../../net/memory-budget.ts';
import type { TlsIdentity } from '../../net/tls.ts';
import type { Transactions } from '../../transaction/types.ts';
import { PartialDeliveries } from '../smtp/fold.ts';
import { localDestination } from '../smtp/local.ts';
import { TrustedPeers } from '../smtp/peers.ts';
import { createMailServer, disabledCommands } from '../smtp/server.ts';
import type { MailServer } from '../smtp/server.ts';
import type { LmtpSettings } from './settings.ts';

export interface LmtpServerOptions {
  settings: LmtpSettings;
  /** Our name, in the greeting and in Received. */
  hostname: string;
  transactions: Transactions;
  delivery: Delivery;
  log: Log;
  quarantine?: Pick<Quarantine, 'hold'>;
  /** Where nothing is scanned here: what is in the message about how it was verified before. */
  earlierResults?: (raw: Uint8Array) => ReceivedResults | undefined;
  /** Without it STARTTLS is not offered. */
  tls?: TlsIdentity;
  now?: () => number;
  /** Bounds the messages coming in, over all servers. */
  memory?: MemoryBudget;
}

/**
 * The LMTP server (RFC 2033): the SMTP server with LHLO and an answer for each recipient, so that nothing need be
 * folded, bounced or remembered. Listens nowhere until told to. Throws a TypeError for settings that cannot be.
 */
export function createLmtpServer(options: LmtpServerOptions): MailServer {
  const { settings, log, hostname, tls } = options;
  return createMailServer({
    context: {
      settings,
      exchange: {
        protocol: 'lmtp',
        hostname,
        destination: localDestination(options.delivery, log, { relay: false }),
        quarantine: options.quarantine,
        bounce: () => Promise.reject(new Error('LMTP answers for each recipient')),
        partial: new PartialDeliveries(undefined, log),
        scan: settings.scan,
        earlierResults: options.earlierResults,
        received: settings.received,
        bareLineEndings: settings.bareLineEndings,
        now: options.now ?? Date.now,
        log,
      },
      transactions: options.transactions,
      log,
      trust: {
        proxyProtocol: new TrustedPeers(settings.proxyProtocol),
        xclient: new TrustedPeers(settings.xclient),
        xforward: new TrustedPeers(settings.xforward),
      },
      // RFC 2033 §5: LMTP is not spoken across the internet; there is nobody to test.
      greetingDelay: 0,
      memory: options.memory ?? unbounded,
      disabledCommands: disabledCommands(tls !== undefined, false),
      connections: new Set(),
    },
    hostname,
    tls,
  });
}
