import { bounce, MAX_HEADER_BYTES } from '../../delivery/outbound/bounce.ts';
import type { Quarantine } from '../../delivery/quarantine.ts';
import type { Delivery, Outbound, RecipientOutcome } from '../../delivery/types.ts';
import type { Log } from '../../log.ts';
import { parseEndpoint } from '../../net/endpoint.ts';
import { type MemoryBudget, unbounded } from '../../net/memory-budget.ts';
import type { TlsIdentity } from '../../net/tls.ts';
import { replyLine } from '../../policy/reply.ts';
import type { State } from '../../state/types.ts';
import type { Transaction, Transactions } from '../../transaction/types.ts';
import { editedPieces } from './edited.ts';
import type { PassedMessage } from './destination.ts';
import type { ExchangeOptions } from './exchange.ts';
import { PartialDeliveries } from './fold.ts';
import { nextHopDestination, probeNextHop } from './forward.ts';
import type { NextHopOptions } from './forward.ts';
import { localDestination } from './local.ts';
import { TrustedPeers } from './peers.ts';
import { createMailServer, disabledCommands } from './server.ts';
import type { Authenticate, MailServer } from './server.ts';
import type { SmtpSettings } from './settings.ts';

/** Where mail goes when there is no next hop. */
export interface LocalMail {
  delivery: Delivery;
  /** Takes the bounces for recipients that failed when others of the same message did not. */
  outbound: Pick<Outbound, 'enqueue'>;
}

export interface SmtpServerOptions {
  settings: SmtpSettings;
  /** Our name, in the greeting, in EHLO to the next hop, in Received. */
  hostname: string;
  transactions: Transactions;
  log: Log;
  /** Needed when `settings.nextHop.address` is ''. */
  local?: LocalMail;
  /** Remembers who has a message that others still wait for; without it a retry delivers to them again. */
  state?: State;
  quarantine?: Pick<Quarantine, 'hold'>;
  /** Without it STARTTLS is not offered. */
  tls?: TlsIdentity;
  /** Without it AUTH is not offered; with it, over TLS only. */
  authenticate?: Authenticate;
  now?: () => number;
  /** Bounds the messages coming in, over all servers. */
  memory?: MemoryBudget;
}

/**
 * The SMTP server: a proxy when the settings name a next hop, a mail server with its own mailboxes otherwise. Listens
 * nowhere until told to. Throws a TypeError for settings that cannot be.
 */
export function createSmtpServer(options: SmtpServerOptions): MailServer {
  const { settings, log, now = Date.now } = options;
  const nextHop: NextHopOptions | undefined =
    settings.nextHop.address === ''
      ? undefined
      : {
          endpoint: parseEndpoint(settings.nextHop.address),
          settings: settings.nextHop,
          hostname: options.hostname,
          log,
          announced: (features) => server.announce(features),
        };
  const exchange: ExchangeOptions = {
    protocol: 'smtp',
    hostname: options.hostname,
    destination:
      nextHop === undefined
        ? localDestination(local(options).delivery, log, { relay: true })
        : nextHopDestination(nextHop),
    quarantine: options.quarantine,
    bounce: (transaction, message, failed) => sendBounce(options, now(), transaction, message, failed),
    partial: new PartialDeliveries(options.state, log),
    scan: true,
    received: settings.received,
    bareLineEndings: settings.bareLineEndings,
    now,
    log,
  };
  const server = createMailServer({
    context: {
      settings,
      exchange,
      transactions: options.transactions,
      log,
      trust: {
        proxyProtocol: new TrustedPeers(settings.proxyProtocol),
        xclient: new TrustedPeers(settings.xclient),
        xforward: new TrustedPeers(settings.xforward),
      },
      greetingDelay: settings.greetingDelay,
      memory: options.memory ?? unbounded,
      disabledCommands: disabledCommands(options.tls !== undefined, options.authenticate !== undefined),
      connections: new Set(),
    },
    hostname: options.hostname,
    tls: options.tls,
    authenticate: options.authenticate,
  });
  // Until the next hop has said what it can, its extensions are not promised to anybody.
  if (nextHop !== undefined)
    probeNextHop(nextHop).catch((err: unknown) =>
      log.warn({ err }, 'next hop cannot be asked what it offers'),
    );
  return server;
}

function local({ local }: SmtpServerOptions): LocalMail {
  if (local === undefined) throw new TypeError('an SMTP server needs a next hop or a local delivery');
  return local;
}

/** RFC 5321 §6.1: a mail taken over and then not delivered is told of, unless nobody wants to hear it. */
async function sendBounce(
  options: SmtpServerOptions,
  now: number,
  { id, envelope }: Transaction,
  message: PassedMessage,
  failed: readonly RecipientOutcome[],
): Promise<void> {
  // RFC 3461 §4.1: a recipient with NOTIFY is told of only what it names.
  const told = failed.filter(
    ({ recipient: { notify } }) => notify === undefined || notify.includes('FAILURE'),
  );
  if (told.length === 0 || envelope.sender === '') return;
  const report = bounce({
    sender: envelope.sender,
    hostname: options.hostname,
    arrived: now,
    now,
    failed: told.map(({ recipient, reply }) => ({
      address: recipient.address,
      reply: replyLine(reply),
      expired: false,
    })),
    original: beginning(editedPieces(message.raw, message.edits), MAX_HEADER_BYTES),
  });
  await local(options).outbound.enqueue({
    cause: id,
    sender: '',
    recipients: [envelope.sender],
    pieces: [report],
    kind: 'bounce',
  });
}

/** The first octets of a message, at most one piece more than `length`. */
function beginning(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const taken: Uint8Array[] = [];
  let size = 0;
  for (const piece of pieces) {
    if (size >= length) break;
    taken.push(piece.subarray(0, length));
    size += piece.length;
  }
  return Buffer.concat(taken);
}
