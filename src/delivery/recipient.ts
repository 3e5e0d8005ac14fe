import { createHash } from 'node:crypto';
import type { Recipient } from '../message/envelope.ts';
import type { Log } from '../log.ts';
import { parseMailbox } from '../policy/address.ts';
import { replies, replyText } from '../policy/replies.ts';
import { isPositive, reply, type Reply } from '../policy/reply.ts';
import { describeAction, formatDiagnostic, runToEnd, type ScriptCache } from '../sieve/index.ts';
import type { SieveLimits } from '../sieve/limits.ts';
import type { Action, Question } from '../sieve/types.ts';
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

/** What every delivery uses. */
export interface DeliveryContext {
  store: Store;
  scripts: Scripts;
  outbound: Outbound;
  /** The account of an address, aliases and subaddresses resolved; undefined when it is none of ours. */
  resolve(address: string): Promise<string | undefined>;
  settings: DeliverySettings;
  /** Limits of scripts; those that are not given are the defaults. */
  sieve?: Partial<SieveLimits>;
  log: Log;
}

/** One message for one recipient. */
export interface RecipientJob {
  request: DeliveryRequest;
  prepared: PreparedMessage;
  recipient: Recipient;
  account: string;
  /** Compiled scripts, shared by all jobs. */
  compiled: ScriptCache;
}

const IMPLICIT_KEEP: Action = { type: 'keep', line: 0, implicit: true };
/** Lines of a refusal: a reply may have many (RFC 5321 §4.2.1), but nobody reads them. */
const MAX_REJECT_LINES = 10;

/** Delivers to one recipient. Never rejects: whatever goes wrong is a 4xx, and then nothing was done. */
export async function deliverTo(job: RecipientJob, context: DeliveryContext): Promise<Reply> {
  const { request, recipient, account } = job;
  const log = context.log.child({ id: request.id, recipient: recipient.address, account });
  try {
    return await new RecipientDelivery(job, context, log, await context.store.open(account)).deliver();
  } catch (error) {
    log.error({ err: error }, 'delivery failed, to be tried again');
    return failureReply(error);
  }
}

class RecipientDelivery {
  readonly #job: RecipientJob;
  readonly #context: DeliveryContext;
  readonly #log: Log;
  readonly #store: AccountStore;
  /** Mailbox of the implicit keep. */
  readonly #home: string;

  constructor(job: RecipientJob, context: DeliveryContext, log: Log, store: AccountStore) {
    this.#job = job;
    this.#context = context;
    this.#log = log;
    this.#store = store;
    this.#home = job.request.spam && context.settings.junk !== '' ? context.settings.junk : INBOX;
  }

  async deliver(): Promise<Reply> {
    const actions = await this.#decide();
    const answer = await this.#carryOut(await this.#plan(actions));
    const fields = { actions: actions.map(describeAction), spam: this.#job.request.spam, reply: answer.code };
    this.#log.info(fields, isPositive(answer) ? 'mail delivered' : 'mail refused by the recipient');
    return answer;
  }

  /** What the owner's script wants. Any failure of it is the implicit keep (RFC 5228 §2.10.6). */
  async #decide(): Promise<readonly Action[]> {
    const { account, compiled, prepared, recipient, request } = this.#job;
    try {
      const active = await this.#context.scripts.activeScript(account);
      if (active === undefined) return [IMPLICIT_KEEP];
      const { script, diagnostics } = compiled.get(active.source, active.name);
      if (script === undefined) {
        const errors = diagnostics.slice(0, 3).map((diagnostic) => formatDiagnostic(active.name, diagnostic));
        this.#log.warn({ script: active.name, errors }, 'the script has errors, the mail is kept');
        return [IMPLICIT_KEEP];
      }
      const input = { message: prepared.message, envelope: request.envelope, recipient: recipient.address };
      const limits = this.#context.sieve;
      const answer = (question: Question): Promise<boolean> | undefined =>
        question.ask === 'mailbox-exists' ? this.#exists(question.mailbox) : undefined;
      const outcome = await runToEnd(script, input, answer, { limits });
      if (outcome.error !== undefined) {
        const error = formatDiagnostic(active.name, outcome.error);
        this.#log.warn({ script: active.name, error }, 'the script failed, the mail is kept');
      }
      return outcome.actions;
    } catch (error) {
      // A script that cannot be read just now may want to discard, or to redirect: better to ask again later.
      if (error instanceof ScriptError && error.temporary) throw error;
      this.#log.error({ err: error }, 'the script cannot be run, the mail is kept');
      return [IMPLICIT_KEEP];
    }
  }

  async #exists(mailbox: string): Promise<boolean> {
    try {
      return await this.#store.exists(mailbox);
    } catch (error) {
      if (error instanceof StoreError && error.reason === 'invalid-name') return false;
      throw error;
    }
  }

  async #plan(actions: readonly Action[]): Promise<Plan> {
    const { account, prepared } = this.#job;
    const { autocreate, maxReceived } = this.#context.settings;
    const accounts = new Map<string, string | undefined>();
    for (const action of actions) {
      if (action.type === 'redirect') {
        accounts.set(action.address, await this.#context.resolve(action.address));
      }
    }
    return plan(actions, {
      home: this.#home,
      autocreate,
      redirectFault: (address) => {
        if (parseMailbox(address) === undefined) return 'the address is none';
        if (accounts.get(address) === account) return 'the redirect leads back to the account';
        if (prepared.marks.has(markOf(account))) return 'the account has redirected this mail before';
        // RFC 5321 §6.3.
        if (prepared.received >= maxReceived) return `the mail has ${prepared.received} Received fields`;
        return undefined;
      },
      report: (fault) => this.#log.warn({ fault }, 'mail is kept instead of redirected'),
    });
  }

  /** Does all of the plan or nothing: files and spool files are durable before the first of them is visible. */
  async #carryOut(todo: Plan): Promise<Reply> {
    if (todo.reject !== undefined) return reply(550, '5.7.1', rejectLines(todo.reject));
    const files = todo.files.map((file) => () => this.#stageFile(file));
    const redirects = todo.redirects.map((address) => () => this.#stageRedirect(address));
    // What is filed can be taken back, what is sent cannot: the spool comes last.
    const done = await commitAll([...files, ...redirects], (copies) =>
      this.#log.error({ copies }, 'copies could not be taken back, the next attempt will make doubles'),
    );
    this.#log.debug({ done }, 'durable');
    return reply(250, '2.0.0', 'Delivered');
  }

  /** A mailbox that cannot be there is replaced by the one of the implicit keep, and that by the inbox. */
  async #stageFile(file: FilePlan): Promise<Staged<Delivered>> {
    const { prepared, recipient, request } = this.#job;
    const fields = prepared.fields(
      ['Return-Path', `<${fieldText(request.envelope.sender)}>`],
      ['Delivered-To', fieldText(recipient.address)],
    );
    try {
      const { flags, create } = file;
      return await this.#store.stage(file.mailbox, [fields, ...prepared.pieces], { flags, create });
    } catch (error) {
      const impossible = error instanceof StoreError && ['not-found', 'invalid-name'].includes(error.reason);
      if (!impossible || file.mailbox === INBOX) throw error;
      const mailbox = file.mailbox === this.#home ? INBOX : this.#home;
      this.#log.warn(
        { mailbox: file.mailbox, instead: mailbox, err: error },
        'no such mailbox, the mail is kept',
      );
      return this.#stageFile({ ...file, mailbox, create: true });
    }
  }

  #stageRedirect(address: string): Promise<Staged<string>> {
    const { account, prepared, recipient, request } = this.#job;
    const { sender } = request.envelope;
    // A null sender stays one: its mail must not come back (RFC 5321 §4.5.5).
    const kept = sender === '' || this.#context.settings.redirectSender === 'original';
    return this.#context.outbound.stage({
      cause: request.id,
      sender: kept ? sender : recipient.address,
      recipients: [address],
      pieces: [prepared.fields([REDIRECT_MARK, markOf(account)]), ...prepared.pieces],
      kind: 'redirect',
    });
  }
}

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
  const code = errorCode(error) ?? '';
  const full = error instanceof StoreError ? error.reason === 'full' : ['ENOSPC', 'EDQUOT'].includes(code);
  return full ? replies.storageFull : replies.temporary;
}
