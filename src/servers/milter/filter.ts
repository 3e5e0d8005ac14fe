import type { Log } from '../../log.ts';
import { type MemoryBudget, unbounded } from '../../net/memory-budget.ts';
import { replies } from '../../policy/replies.ts';
import { isTemporary, reply } from '../../policy/reply.ts';
import type { Reply } from '../../policy/reply.ts';
import type { Judgement, Session, Transaction, Transactions } from '../../transaction/types.ts';
import { clientOf, isLocalSubmission, mailCommandOf, recipientOf, sessionFacts } from './client-facts.ts';
import { fieldNames, orderEdits } from './edits.ts';
import type { HeaderChange } from './edits.ts';
import type { Connection, Decision, EndOfMessage, Handlers, Message, RecipientPath } from './handlers.ts';
import { MilterError } from './handlers.ts';
import { RawMessage } from './raw-message.ts';
import { createMilterServer } from './server.ts';
import type { MilterServer } from './server.ts';
import type { MilterSettings } from './settings.ts';

/** RFC 1870 §6.3 */
const tooLarge = reply(552, '5.3.4', 'Message too large');
/** The MTA cannot keep mail back, and letting it through is not what was decided. */
const noQuarantine = reply(550, '5.7.1', 'Message refused');

/**
 * Tamis as a milter: translates between the protocol and {@link Transactions}. The server is returned as it is, to
 * `listen` and to `close`.
 */
export function createMilterFilter(
  transactions: Transactions,
  settings: MilterSettings,
  log: Log,
  memory: MemoryBudget = unbounded,
): MilterServer {
  return createMilterServer({
    handlers: (connection) => filterConnection(connection, transactions, settings, log, memory),
    log,
    settings,
    actions: ['ADDHDRS', 'CHGHDRS', 'QUARANTINE'],
    // Nothing is decided while the header comes in: the MTA need not stop at each field.
    silent: ['header', 'endOfHeaders'],
    leadingSpace: true,
    macros: {
      connect: ['j', 'v', '{daemon_name}', '{client_ptr}', '{client_resolve}'],
      helo: ['{tls_version}', '{cipher}'],
      mail: ['i', '{auth_type}', '{auth_authen}', '{tls_version}', '{cipher}'],
      rcpt: ['i', '{rcpt_mailer}'],
      endOfMessage: ['i'],
    },
  });
}

/** Handlers of one SMTP connection. */
function filterConnection(
  connection: Connection,
  transactions: Transactions,
  settings: MilterSettings,
  log: Log,
  memory: MemoryBudget,
): Handlers {
  let session: Session | undefined;
  let transaction: Transaction | undefined;
  let raw: RawMessage | undefined;

  /** The MTA shows the connection before anything else; a session is there even if it should not. */
  const opened = (): Session => (session ??= transactions.connect('milter', clientOf(connection)));
  const drop = (): void => {
    transaction?.abort();
    transaction = undefined;
    raw?.release();
    raw = undefined;
  };

  return {
    connect: async () => decision(await opened().opened()),
    helo: async (_, name) => decision(await opened().helo(name)),

    async mail(_, sender) {
      drop();
      const command = mailCommandOf(sender);
      if (settings.oversize === 'refuse' && (command.size ?? 0) > settings.maxMessageBytes)
        return { reply: tooLarge };
      opened().update(sessionFacts(connection));
      const answer = await opened().mail(command);
      if ('code' in answer) return { reply: answer };
      transaction = answer;
      raw = new RawMessage(settings.maxMessageBytes, connection.agreed.steps, memory.share());
      return 'continue';
    },

    async rcpt(message, recipient: RecipientPath) {
      if (transaction === undefined || recipient.rejected) return 'continue';
      const refusal = await transaction.rcpt(recipientOf(recipient));
      if (refusal === undefined || !isLocalSubmission(connection)) return decision(refusal);
      log.warn(
        { id: transaction.id, queueId: message.macro('i'), recipient: recipient.address.slice(0, 320) },
        'milter: recipient of local mail let through, the MTA takes no refusal here',
      );
      return 'continue';
    },

    async data() {
      const refusal = await transaction?.data();
      if (refusal !== undefined) drop();
      return decision(refusal);
    },

    header: (_, line) => raw?.header(line.rawName, line.rawValue),
    endOfHeaders: () => raw?.endOfHeaders(),
    body(_, chunk) {
      raw?.body(chunk);
      return raw?.tooLarge === true || raw?.noRoom === true ? 'skip' : 'continue';
    },

    async endOfMessage(message) {
      const judged = transaction;
      const came = raw;
      transaction = undefined;
      raw = undefined;
      try {
        const bytes = came?.finish();
        if (judged === undefined || came === undefined) return 'tempfail';
        if (came.noRoom) {
          judged.finish('deferred', 'memory for messages is used up');
          return { reply: replies.noMemory };
        }
        if (bytes === undefined) return oversized(judged, message, came.size, settings, log);
        const judgement = await judged.judge(bytes, { queueId: message.macro('i') });
        return conclude(judged, message, judgement, bytes, log);
      } finally {
        came?.release();
      }
    },

    abort: drop,
    close() {
      drop();
      session?.close();
    },
  };
}

const decision = (refusal: Reply | undefined): Decision =>
  refusal === undefined ? 'continue' : { reply: refusal };

function oversized(
  transaction: Transaction,
  message: Message,
  size: number,
  settings: MilterSettings,
  log: Log,
): Decision {
  log.warn(
    { id: transaction.id, queueId: message.macro('i'), size, limit: settings.maxMessageBytes },
    settings.oversize === 'accept'
      ? 'milter: message above the size limit, accepted unscanned'
      : 'milter: message above the size limit, refused',
  );
  if (settings.oversize === 'accept') {
    transaction.finish('accepted', 'unscanned: above the size limit');
    return 'accept';
  }
  transaction.finish('rejected', 'above the size limit');
  return { reply: tooLarge };
}

/** Turns the judgement into changes and a decision, and ends the story in the log. */
function conclude(
  transaction: Transaction,
  message: EndOfMessage,
  judgement: Judgement,
  raw: Buffer,
  log: Log,
): Decision {
  if (message.connection.signal.aborted) {
    transaction.finish('deferred', 'the MTA closed the connection');
    return 'tempfail';
  }
  switch (judgement.decision) {
    case 'refuse': {
      const refusal = judgement.reply ?? reply(451, '4.7.1', 'Try again later');
      transaction.finish(isTemporary(refusal) ? 'deferred' : 'rejected');
      return { reply: refusal };
    }
    case 'discard':
      transaction.finish('discarded');
      return 'discard';
    case 'quarantine':
      if (!message.can('QUARANTINE')) {
        log.warn({ id: transaction.id }, 'milter: the MTA has no quarantine, message refused');
        transaction.finish('rejected', 'no quarantine');
        return { reply: noQuarantine };
      }
      edit(transaction.id, message, judgement, raw, log);
      message.quarantine(judgement.reason ?? 'quarantined by Tamis');
      transaction.finish('quarantined', judgement.reason);
      return 'accept';
    case 'accept':
      edit(transaction.id, message, judgement, raw, log);
      transaction.finish('accepted');
      return 'accept';
  }
}

/** One change that cannot be made is logged and does not stop the others: the decision stands. */
function edit(id: string, message: EndOfMessage, judgement: Judgement, raw: Buffer, log: Log): void {
  const postfix = message.macro('v')?.startsWith('Postfix') ?? false;
  for (const change of orderEdits(judgement.edits, postfix, () => fieldNames(raw))) {
    try {
      apply(message, change);
    } catch (error) {
      if (!(error instanceof MilterError)) throw error;
      log.error({ id, field: change.name, err: error }, 'milter: header change not possible');
    }
  }
}

function apply(message: EndOfMessage, change: HeaderChange): void {
  switch (change.kind) {
    case 'add':
      return message.addHeader(change.name, change.value);
    case 'insert':
      return message.insertHeader(change.position, change.name, change.value);
    case 'change':
      return message.changeHeader(change.name, change.index, change.value);
    case 'remove':
      return message.removeHeader(change.name, change.index);
  }
}
