import type { Recipient } from '../message/envelope.ts';
import type { Log } from '../log.ts';
import { parseMailbox } from '../policy/address.ts';
import { replies, replyText } from '../policy/replies.ts';
import { isPositive, reply, type Reply } from '../policy/reply.ts';
import { describeAction, type ScriptCache } from '../sieve/index.ts';
import type { Remembered } from '../sieve/remember.ts';
import type { Action, RunEnvironment, RunOptions } from '../sieve/types.ts';
import type { AccountCalendars, Calendars } from '../store/calendars.ts';
import { errorCode } from '../store/durable.ts';
import type { ScriptFolder } from '../store/script-folder.ts';
import type { ScriptStore } from '../store/script-types.ts';
import { type AccountStore, type Scripts, type Store, StoreError } from '../store/types.ts';
import { commitAll } from './commit.ts';
import type { Converters } from './converters.ts';
import { createHost } from './host/host.ts';
import type { Lists } from './host/lists.ts';
import type { HostContext } from './host/types.ts';
import type { Memory } from './memory.ts';
import { type Notifier, sendNotifications } from './notifier.ts';
import { INBOX, plan, type Plan } from './plan.ts';
import { runPipes } from './pipe.ts';
import type { Programs } from './programs.ts';
import type { PreparedMessage } from './prepared.ts';
import { type Decision, type GlobalScripts, runScripts } from './run-scripts.ts';
import type { ScriptLog } from './script-log.ts';
import type { DeliverySettings } from './settings.ts';
import type { SnoozeSettings } from './snooze/settings.ts';
import type { Snoozed } from './snooze/snoozed.ts';
import { stageSnooze } from './snooze/stage.ts';
import type { Srs } from './srs.ts';
import {
  markOf,
  type StageContext,
  stageCalendar,
  stageFile,
  stageMail,
  stageMemory,
  stageRedirect,
} from './stage.ts';
import { resolveTargets } from './targets.ts';
import type { DeliveryRequest, Outbound } from './types.ts';

/** What every delivery uses. */
export interface DeliveryContext {
  store: Store;
  /** With `get`, scripts may include others of their owner. */
  scripts: Scripts & Partial<Pick<ScriptStore, 'get'>>;
  /** The admin's scripts. */
  global?: GlobalScripts & { included?: ScriptFolder };
  outbound: Outbound;
  /** The lists that scripts may name. */
  lists?: Lists;
  /** Programs that scripts may run. */
  programs?: Programs;
  /** Brings messages back that scripts put away. */
  snooze?: { snoozed: Snoozed; settings: SnoozeSettings };
  /** The calendars of the accounts. */
  calendars?: Calendars | undefined;
  /** Converts parts of messages. */
  converters?: Converters;
  /** Sends notifications that do not go by mail. */
  notifier?: Notifier;
  /** The last decisions of the scripts, for their owners to read. */
  scriptLog?: ScriptLog;
  /** What scripts remember; without it nothing can be. */
  memory?: Memory;
  /** Rewrites envelope senders of redirected mail, and reads the ones it made. */
  srs?: Srs;
  /** The account of an address, aliases and subaddresses resolved; undefined when it is none of ours. */
  resolve(address: string): Promise<string | undefined>;
  /** Other addresses of an account, for what scripts ask of their owner's. */
  addresses?(account: string): Promise<readonly string[]>;
  /** Whether the address is in a domain of ours, where an unknown one is nobody's. */
  isOurs(address: string): boolean;
  settings: DeliverySettings;
  /** Limits and settings of scripts; those that are not given are the defaults. */
  sieve?: Pick<RunOptions, 'limits' | 'settings'>;
  /** Capabilities scripts may use that need something of us. */
  available?: readonly string[];
  /** Score from which the filter refuses mail; absent: it refuses none. */
  certainScore?: number | undefined;
  /** Name and version of the software. */
  software?: { name: string; version: string };
  /** IANA name of the local time zone of the scripts. */
  zone?: string;
  /** Our name. */
  hostname: string;
  /** Milliseconds since the epoch. */
  now?: () => number;
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

const NO_LISTS: Lists = { names: [], members: () => Promise.resolve(undefined) };
/** Lines of a refusal: a reply may have many (RFC 5321 §4.2.1), but nobody reads them. */
const MAX_REJECT_LINES = 10;

/** Delivers to one recipient. Never rejects: whatever goes wrong is a 4xx, and then nothing was done. */
export async function deliverTo(job: RecipientJob, context: DeliveryContext): Promise<Reply> {
  const { request, recipient, account } = job;
  const log = context.log.child({ id: request.id, recipient: recipient.address, account });
  let delivery: RecipientDelivery | undefined;
  try {
    delivery = new RecipientDelivery(job, context, log, await context.store.open(account));
    return await delivery.deliver();
  } catch (error) {
    log.error({ err: error }, 'delivery failed, to be tried again');
    return failureReply(error, context.settings.overQuota);
  } finally {
    delivery?.end();
  }
}

class RecipientDelivery {
  readonly #job: RecipientJob;
  readonly #context: DeliveryContext;
  readonly #log: Log;
  readonly #store: AccountStore;
  /** Of this delivery: what scripts found in them is what is changed. */
  readonly #calendars: AccountCalendars | undefined;
  readonly #now: () => number;
  /** Mailbox of the implicit keep. */
  readonly #home: string;
  /** Ends our turn at the account's memory. */
  #endTurn: (() => void) | undefined;

  constructor(job: RecipientJob, context: DeliveryContext, log: Log, store: AccountStore) {
    this.#job = job;
    this.#context = context;
    this.#log = log;
    this.#store = store;
    this.#calendars = context.calendars?.open(job.account);
    this.#now = context.now ?? Date.now;
    this.#home = job.request.spam && context.settings.junk !== '' ? context.settings.junk : INBOX;
  }

  async deliver(): Promise<Reply> {
    const decision = await this.#pipe(await this.#decide());
    const actions = await resolveTargets(decision.actions, this.#store);
    const answer = await this.#carryOut(await this.#plan(actions), decision);
    const fields = { actions: actions.map(describeAction), spam: this.#job.request.spam, reply: answer.code };
    this.#record(decision, fields.actions);
    this.#log.info(fields, isPositive(answer) ? 'mail delivered' : 'mail refused by the recipient');
    return answer;
  }

  /** For the owner, when he has scripts of his own. */
  #record({ errors, own }: Decision, actions: readonly string[]): void {
    const { account, prepared, recipient, request } = this.#job;
    if (!own) return;
    this.#context.scriptLog?.record(account, {
      id: request.id,
      recipient: recipient.address,
      sender: request.envelope.sender,
      subject: prepared.message.header.get('subject')?.text ?? '',
      actions,
      errors,
    });
  }

  end(): void {
    this.#endTurn?.();
    this.#endTurn = undefined;
  }

  /** What the scripts want. Any failure of one is the implicit keep (RFC 5228 §2.10.6). */
  async #decide(): Promise<Decision> {
    const { account, compiled, prepared, recipient, request } = this.#job;
    const { scripts, global, lists, memory, hostname, zone, sieve } = this.#context;
    const context: HostContext = {
      account,
      store: this.#store,
      request,
      recipient: recipient.address,
      programs: this.#context.programs,
      converters: this.#context.converters,
      calendars: this.#calendars,
      message: prepared.message,
      certainScore: this.#context.certainScore,
      hostname,
      now: this.#now,
      lists: lists ?? NO_LISTS,
      included: {
        own: scripts.get?.bind(scripts),
        global: global?.included,
      },
      compile: (source, name) => compiled.get(source, name),
      memory,
      turn: async () => {
        this.#endTurn ??= await memory?.turn(account);
      },
    };
    return runScripts({
      account,
      scripts,
      global: global ?? { before: [], after: [] },
      compiled,
      input: {
        message: prepared.message,
        envelope: request.envelope,
        recipient: recipient.address,
        now: new Date(this.#now()),
        environment: this.#environment(),
        addresses: [account, ...((await this.#context.addresses?.(account)) ?? [])],
        ...(zone === undefined ? {} : { zone }),
      },
      options: { ...sieve },
      host: createHost(context),
      log: this.#log,
    });
  }

  /** RFC 5183 §4.1. */
  #environment(): RunEnvironment {
    const { hostname, software } = this.#context;
    return {
      domain: hostname.slice(hostname.indexOf('.') + 1),
      host: hostname,
      location: 'MDA',
      phase: 'during',
      ...software,
      username: this.#job.account,
      defaultMailbox: this.#home,
    };
  }

  /** First of all: a program cannot be undone, and what is kept depends on whether it has worked. */
  #pipe(decision: Decision): Promise<Decision> {
    const { prepared, recipient, request } = this.#job;
    return runPipes(decision, {
      programs: this.#context.programs,
      pieces: prepared.pieces,
      sender: request.envelope.sender,
      recipient: recipient.address,
      log: this.#log,
    });
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
  async #carryOut(todo: Plan, { remember, versions }: Decision): Promise<Reply> {
    const context = this.#stageContext(versions);
    const { calendar, snooze } = todo;
    const of = (kind: Remembered['kind']): Remembered[] => remember.filter((item) => item.kind === kind);
    // What is filed or remembered can be taken back, what is sent cannot: the spool comes last.
    const works = [
      ...todo.files.map((file) => () => stageFile(file, context)),
      ...(snooze === undefined ? [] : [() => stageSnooze(snooze, context)]),
      ...(calendar === undefined ? [] : [() => stageCalendar(calendar, context)]),
      ...(of('vacation').length === 0 ? [] : [async () => stageMemory(of('vacation'), context)]),
      ...todo.redirects.map((redirect) => () => stageRedirect(redirect, context)),
      ...todo.mails.map((mail) => () => stageMail(mail, context)),
    ];
    const done = await commitAll(works, (copies) =>
      this.#log.error({ copies }, 'copies could not be taken back, the next attempt will make doubles'),
    );
    this.#log.debug({ done }, 'durable');
    await this.#rememberSeen(of('duplicate'));
    sendNotifications(todo.notifications, this.#context.notifier, this.#log);
    if (todo.reject !== undefined) return reply(550, '5.7.1', rejectLines(todo.reject));
    return reply(250, '2.0.0', 'Delivered');
  }

  /**
   * When all else is durable, so that a mail which has to come again is not its own duplicate (RFC 7352 §3). A failure
   * only means that the next copy is not known as one.
   */
  async #rememberSeen(items: readonly Remembered[]): Promise<void> {
    try {
      await this.#context.memory?.remember(this.#job.account, items);
    } catch (error) {
      this.#log.warn({ err: error }, 'a mail cannot be remembered; copies of it will not be known');
    }
  }

  #stageContext(versions: Decision['versions']): StageContext {
    const { account, prepared, recipient, request } = this.#job;
    const { outbound, memory, srs, settings, snooze, zone = 'UTC' } = this.#context;
    return {
      id: request.id,
      account,
      recipient: recipient.address,
      sender: request.envelope.sender,
      prepared,
      versions,
      store: this.#store,
      calendars: this.#calendars,
      outbound,
      memory,
      srs,
      received: request.authentication,
      isOurs: (address) => this.#context.isOurs(address),
      snooze: snooze === undefined ? undefined : { ...snooze, zone },
      home: this.#home,
      settings,
      now: this.#now,
      log: this.#log,
    };
  }
}

function rejectLines(reason: string): string[] {
  const lines = reason
    .split(/\r\n|\r|\n/)
    .map(replyText)
    .filter((line) => line !== '');
  return lines.length === 0 ? ['Message refused by its recipient'] : lines.slice(0, MAX_REJECT_LINES);
}

function failureReply(error: unknown, overQuota: DeliverySettings['overQuota']): Reply {
  if (error instanceof StoreError && error.reason === 'over-quota')
    return overQuota === 'reject' ? replies.mailboxFullForGood : replies.mailboxFull;
  const code = errorCode(error) ?? '';
  const full = error instanceof StoreError ? error.reason === 'full' : ['ENOSPC', 'EDQUOT'].includes(code);
  return full ? replies.storageFull : replies.temporary;
}
