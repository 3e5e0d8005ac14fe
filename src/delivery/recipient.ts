import { createHash } from 'node:crypto';
import type { Recipient } from '../message/envelope.ts';
import type { Log } from '../log.ts';
import { replies, replyText } from '../policy/replies.ts';
import { isPositive, reply, type Reply } from '../policy/reply.ts';
import { compile, describeAction, formatDiagnostic, runToEnd, ScriptCache } from '../sieve/index.ts';
import type { Action } from '../sieve/types.ts';
import { errorCode } from '../store/durable.ts';
import {
  type AccountStore,
  type Delivered,
  ScriptError,
  type Scripts,
  type Staged,
  type Store,
  StoreError,
} from '../store/types.ts';
import { commitAll } from './commit.ts';
import { type FilePlan, INBOX, plan, type Plan } from './plan.ts';
import { type PreparedMessage, REDIRECT_MARK } from './prepared.ts';
import type { DeliverySettings } from './settings.ts';
import type { DeliveryRequest, Outbound } from './types.ts';

export interface RecipientContext {
  store: Store;
  scripts: Scripts;
  outbound: Outbound;
  /** The account of an address, aliases and subaddresses resolved; undefined when it is none of ours. */
  resolve(address: string): Promise<string | undefined>;
  settings: DeliverySettings;
  log: Log;
}

/** One recipient with the account the mail is for. */
export interface ResolvedRecipient {
  recipient: Recipient;
  account: string;
}

const IMPLICIT_KEEP: Action = { type: 'keep', line: 0, implicit: true };
/** Lines of a refusal: a reply may have many, but clients show the first ones (RFC 5321 §4.2.1). */
const MAX_REJECT_LINES = 10;

const compiled = new ScriptCache((source, name) => compile(source, { name }));

/** Delivers to one recipient. Never rejects: whatever goes wrong is a 4xx, and then nothing was done. */
export async function deliverTo(
  { recipient, account }: ResolvedRecipient,
  request: DeliveryRequest,
  prepared: PreparedMessage,
  context: RecipientContext,
): Promise<Reply> {
  const log = context.log.child({ id: request.id, recipient: recipient.address, account });
  try {
    const store = await context.store.open(account);
    const actions = await decide(account, recipient, request, prepared, store, context, log);
    const todo = await makePlan(actions, account, request, prepared, context, log);
    const answer = await carryOut(todo, account, recipient, request, prepared, store, context, log);
    const done = actions.map(describeAction);
    if (isPositive(answer)) log.info({ actions: done, spam: request.spam }, 'mail delivered');
    else log.info({ actions: done, reply: answer.code }, 'mail refused by the recipient');
    return answer;
  } catch (error) {
    log.error({ error }, 'delivery failed, to be tried again');
    return failureReply(error);
  }
}

/** What the owner's script wants. Any failure of it is the implicit keep (RFC 5228 §2.10.6). */
async function decide(
  account: string,
  recipient: Recipient,
  request: DeliveryRequest,
  prepared: PreparedMessage,
  store: AccountStore,
  context: RecipientContext,
  log: Log,
): Promise<readonly Action[]> {
  try {
    const active = await context.scripts.activeScript(account);
    if (active === undefined) return [IMPLICIT_KEEP];
    const { script, diagnostics } = compiled.get(active.source, active.name);
    if (script === undefined) {
      const errors = diagnostics.slice(0, 3).map((diagnostic) => formatDiagnostic(active.name, diagnostic));
      log.warn({ script: active.name, errors }, 'the script has errors, the mail is kept');
      return [IMPLICIT_KEEP];
    }
    const input = { message: prepared.message, envelope: request.envelope, recipient: recipient.address };
    const outcome = await runToEnd(script, input, ({ mailbox }) => mailboxExists(store, mailbox));
    if (outcome.error !== undefined) {
      log.warn(
        { script: active.name, error: formatDiagnostic(active.name, outcome.error) },
        'the script failed',
      );
    }
    return outcome.actions;
  } catch (error) {
    // A script that cannot be read just now may want to discard, or to redirect: better to ask again later.
    if (error instanceof ScriptError && error.temporary) throw error;
    log.error({ error }, 'the script cannot be run, the mail is kept');
    return [IMPLICIT_KEEP];
  }
}

async function mailboxExists(store: AccountStore, mailbox: string): Promise<boolean> {
  try {
    return await store.exists(mailbox);
  } catch (error) {
    if (error instanceof StoreError && error.reason === 'invalid-name') return false;
    throw error;
  }
}

async function makePlan(
  actions: readonly Action[],
  account: string,
  request: DeliveryRequest,
  prepared: PreparedMessage,
  context: RecipientContext,
  log: Log,
): Promise<Plan> {
  const { junk, autocreate, maxReceived } = context.settings;
  const ours = new Map<string, string | undefined>();
  for (const action of actions) {
    if (action.type === 'redirect') ours.set(action.address, await context.resolve(action.address));
  }
  return plan(actions, {
    home: request.spam && junk !== '' ? junk : INBOX,
    autocreate,
    redirectFault: (address) => {
      if (ours.get(address) === account) return 'the redirect leads back to the account';
      if (prepared.marks.has(markOf(account))) return 'the account has redirected this mail before';
      // RFC 5321 §6.3.
      if (prepared.received >= maxReceived) return `the mail has ${prepared.received} Received fields`;
      return undefined;
    },
    report: (fault) => log.warn({ fault }, 'mail is kept instead of redirected'),
  });
}

/** Does all of the plan or nothing: files and spool files are durable before the first of them is visible. */
async function carryOut(
  todo: Plan,
  account: string,
  recipient: Recipient,
  request: DeliveryRequest,
  prepared: PreparedMessage,
  store: AccountStore,
  context: RecipientContext,
  log: Log,
): Promise<Reply> {
  if (todo.reject !== undefined) return reply(550, '5.7.1', rejectLines(todo.reject));
  const { sender } = request.envelope;
  const filed = prepared.fields(
    ['Return-Path', `<${fieldText(sender)}>`],
    ['Delivered-To', fieldText(recipient.address)],
  );
  const sentOn = prepared.fields([REDIRECT_MARK, markOf(account)]);
  const home = request.spam && context.settings.junk !== '' ? context.settings.junk : INBOX;
  const files = todo.files.map(
    (file) => () => stageFile(store, file, home, [filed, ...prepared.pieces], log),
  );
  const redirects = todo.redirects.map(
    (address) => () =>
      context.outbound.stage({
        cause: request.id,
        // A null sender stays one: its mail must not come back (RFC 5321 §4.5.5).
        sender: sender === '' || context.settings.redirectSender === 'original' ? sender : recipient.address,
        recipients: [address],
        pieces: [sentOn, ...prepared.pieces],
        kind: 'redirect',
      }),
  );
  // What is filed can be taken back, what is sent cannot: the spool comes last.
  const done = await commitAll([...files, ...redirects], (count) =>
    log.error({ copies: count }, 'copies could not be taken back, the next attempt will make doubles'),
  );
  const paths = done.filter(isDelivered).map(({ mailbox, path }) => ({ mailbox, path }));
  log.debug({ paths, redirects: todo.redirects }, 'durable');
  return reply(250, '2.0.0', 'Delivered');
}

/** A mailbox that cannot be there is replaced by the one of the implicit keep, and that by the inbox. */
async function stageFile(
  store: AccountStore,
  file: FilePlan,
  home: string,
  pieces: readonly Uint8Array[],
  log: Log,
): Promise<Staged<Delivered>> {
  try {
    return await store.stage(file.mailbox, pieces, { flags: file.flags, create: file.create });
  } catch (error) {
    const impossible = error instanceof StoreError && ['not-found', 'invalid-name'].includes(error.reason);
    if (!impossible || file.mailbox === INBOX) throw error;
    const mailbox = file.mailbox === home ? INBOX : home;
    log.warn({ mailbox: file.mailbox, instead: mailbox, error }, 'no such mailbox, the mail is kept');
    return stageFile(store, { ...file, mailbox, create: true }, home, pieces, log);
  }
}

const isDelivered = (result: unknown): result is Delivered =>
  typeof result === 'object' && result !== null && 'mailbox' in result;

/** Says nothing of the account to who reads the field, and fits into one line. */
function markOf(account: string): string {
  return createHash('sha256').update(`tamis redirect ${account}`).digest('base64url').slice(0, 22);
}

/** An address for a header field: nothing that could end the line. */
const fieldText = (address: string): string => address.replace(/[\x00-\x1f\x7f<>]/g, '?');

function rejectLines(reason: string): string[] {
  const lines = reason
    .split(/\r\n|\r|\n/)
    .map(replyText)
    .filter((line) => line !== '');
  return lines.length === 0 ? ['Message refused by its recipient'] : lines.slice(0, MAX_REJECT_LINES);
}

function failureReply(error: unknown): Reply {
  const full =
    error instanceof StoreError
      ? error.reason === 'full'
      : ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '');
  return full ? replies.storageFull : replies.temporary;
}
