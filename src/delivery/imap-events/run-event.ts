import type { Log } from '../../log.ts';
import { parseMailbox } from '../../policy/address.ts';
import { describeAction, type ScriptCache } from '../../sieve/index.ts';
import type { Action, RunInput } from '../../sieve/types.ts';
import type { AccountCalendars } from '../../store/calendars.ts';
import { flagNames } from '../../store/mail/flag-names.ts';
import type { MailStore, MessageFacts } from '../../store/mail/types.ts';
import type { ScriptFolder } from '../../store/script-folder.ts';
import type { ScriptStore } from '../../store/script-types.ts';
import type { AccountStore } from '../../store/types.ts';
import { createHost } from '../host/host.ts';
import { runPipes } from '../pipe.ts';
import type { PlanOptions } from '../plan.ts';
import { PreparedMessage } from '../prepared.ts';
import type { DeliveryContext } from '../recipient.ts';
import { type Decision, runScripts } from '../run-scripts.ts';
import { markOf, type StageContext } from '../stage.ts';
import { resolveTargets } from '../targets.ts';
import type { DeliveryRequest } from '../types.ts';
import { carryOut } from './carry-out.ts';
import { globalScripts, namedScript } from './scripts.ts';
import type { ImapEventRule, ImapEventSettings } from './settings.ts';
import type { MailChange } from './types.ts';

/** What the scripts of all events use: what delivery has, and all mailboxes and scripts. */
export interface EventContext extends Omit<DeliveryContext, 'store' | 'scripts'> {
  readonly store: MailStore;
  readonly scripts: ScriptStore;
  readonly events: ImapEventSettings;
}

/** What runs for a change: rules of the admin, and the name of the owner's script, '' for none. */
export interface Wanted {
  readonly rules: readonly ImapEventRule[];
  readonly script: string;
}

export interface EventTools {
  readonly compiled: ScriptCache;
  /** The scripts of the rules. */
  readonly folder: ScriptFolder | undefined;
}

/**
 * Runs the scripts on one message that is in a mailbox, and does what they want. Rejects when that cannot be done; then the
 * message is as it was.
 */
export async function runEvent(
  uid: number,
  change: MailChange,
  wanted: Wanted,
  context: EventContext,
  tools: EventTools,
): Promise<void> {
  const { mailbox } = change;
  await mailbox.describe([[uid, uid]]);
  const [facts] = mailbox.facts([[uid, uid]]);
  const raw = facts === undefined ? undefined : await mailbox.bytes(uid);
  // Expunged meanwhile.
  if (facts === undefined || raw === undefined) return;
  const store = await context.store.open(mailbox.account);
  const run = new EventRun({ change, wanted, context, tools, facts, raw, store });
  try {
    await run.run();
  } finally {
    run.end();
  }
}

interface EventJob {
  readonly change: MailChange;
  readonly wanted: Wanted;
  readonly context: EventContext;
  readonly tools: EventTools;
  readonly facts: MessageFacts;
  readonly raw: Buffer;
  /** Of the mailbox's owner. */
  readonly store: AccountStore;
}

class EventRun {
  readonly #job: EventJob;
  readonly #owner: string;
  readonly #request: DeliveryRequest;
  readonly #prepared: PreparedMessage;
  /** What scripts found in them is what is changed. */
  readonly #calendars: AccountCalendars | undefined;
  readonly #now: () => number;
  readonly #log: Log;
  /** Ends our turn at the account's memory. */
  #endTurn: (() => void) | undefined;

  constructor(job: EventJob) {
    const { change, context, facts, raw } = job;
    const { mailbox, cause, user } = change;
    const id = `${mailbox.mailboxId}-${facts.uid}`;
    this.#job = job;
    this.#owner = mailbox.account;
    this.#request = requestFor(id, raw, mailbox.account);
    this.#prepared = new PreparedMessage(this.#request);
    this.#calendars = context.calendars?.open(mailbox.account);
    this.#now = context.now ?? Date.now;
    this.#log = context.log.child({ id, account: mailbox.account, mailbox: mailbox.name, cause, user });
  }

  async run(): Promise<void> {
    const { change, context, facts, raw, store } = this.#job;
    const decision = await runPipes(await this.#decide(), {
      programs: context.programs,
      pieces: [raw],
      sender: this.#request.envelope.sender,
      recipient: this.#owner,
      log: this.#log,
    });
    const actions = await resolveTargets(decision.actions, store);
    await carryOut(actions, decision, {
      mailbox: change.mailbox,
      facts,
      account: await context.store.account(this.#owner),
      stage: this.#stageContext(decision),
      plan: await this.#planOptions(actions),
      notifier: context.notifier,
      expunge: context.events.expunge,
      log: this.#log,
    });
    await context.memory?.remember(this.#owner, decision.remember);
    this.#record(decision, actions.map(describeAction));
  }

  end(): void {
    this.#endTurn?.();
    this.#endTurn = undefined;
  }

  async #decide(): Promise<Decision> {
    const { wanted, context, tools } = this.#job;
    const { scripts } = context;
    const own = wanted.script === '' ? undefined : await namedScript(scripts, this.#owner, wanted.script);
    if (own === undefined && wanted.script !== '')
      this.#log.warn({ script: wanted.script }, 'the annotation of a mailbox names no script of its owner');
    return runScripts({
      account: this.#owner,
      scripts: { activeScript: async () => own },
      global: globalScripts(wanted.rules, tools.folder, this.#log),
      compiled: tools.compiled,
      input: await this.#input(),
      options: { ...context.sieve },
      host: createHost({
        account: this.#owner,
        store: this.#job.store,
        request: this.#request,
        recipient: this.#owner,
        programs: context.programs,
        converters: context.converters,
        calendars: this.#calendars,
        message: this.#prepared.message,
        certainScore: context.certainScore,
        hostname: context.hostname,
        now: this.#now,
        lists: context.lists ?? { names: [], members: () => Promise.resolve(undefined) },
        included: { own: scripts.get.bind(scripts), global: context.global?.included },
        compile: (source, name) => tools.compiled.get(source, name),
        memory: context.memory,
        turn: async () => {
          this.#endTurn ??= await context.memory?.turn(this.#owner);
        },
      }),
      log: this.#log,
    });
  }

  /** With the items of `environment` that tell of the event (RFC 6785 §4). */
  async #input(): Promise<RunInput> {
    const { change, context, facts } = this.#job;
    const { mailbox, cause, user, changedFlags } = change;
    const { hostname, software, zone } = context;
    return {
      message: this.#prepared.message,
      envelope: this.#request.envelope,
      recipient: this.#owner,
      now: new Date(this.#now()),
      environment: {
        domain: hostname.slice(hostname.indexOf('.') + 1),
        host: hostname,
        location: 'MS',
        phase: 'post',
        ...software,
        username: this.#owner,
        defaultMailbox: mailbox.name,
      },
      addresses: [this.#owner, ...((await context.addresses?.(this.#owner)) ?? [])],
      imap: {
        cause,
        mailbox: mailbox.name,
        user,
        email: user,
        changedFlags: changedFlags?.get(facts.uid) ?? [],
        flags: flagNames(facts),
      },
      ...(zone === undefined ? {} : { zone }),
    };
  }

  async #planOptions(actions: readonly Action[]): Promise<Omit<PlanOptions, 'home'>> {
    const { settings, resolve } = this.#job.context;
    const { received, marks } = this.#prepared;
    const accounts = new Map<string, string | undefined>();
    for (const action of actions)
      if (action.type === 'redirect') accounts.set(action.address, await resolve(action.address));
    return {
      autocreate: settings.autocreate,
      redirectFault: (address) => {
        if (parseMailbox(address) === undefined) return 'the address is none';
        if (accounts.get(address) === this.#owner) return 'the redirect leads back to the account';
        if (marks.has(markOf(this.#owner))) return 'the account has redirected this mail before';
        // RFC 5321 §6.3.
        return received >= settings.maxReceived ? `the mail has ${received} Received fields` : undefined;
      },
      report: (fault) => this.#log.warn({ fault }, 'mail is kept instead of redirected'),
    };
  }

  #stageContext({ versions }: Decision): StageContext {
    const { change, context, store } = this.#job;
    const { outbound, memory, srs, settings } = context;
    return {
      id: this.#request.id,
      account: this.#owner,
      recipient: this.#owner,
      sender: this.#request.envelope.sender,
      prepared: this.#prepared,
      versions,
      store,
      calendars: this.#calendars,
      outbound,
      memory,
      srs,
      received: undefined,
      isOurs: (address) => context.isOurs(address),
      snooze: undefined,
      home: change.mailbox.name,
      settings,
      now: this.#now,
      log: this.#log,
    };
  }

  /** For the owner, when a script of his has run. */
  #record({ own, errors }: Decision, actions: readonly string[]): void {
    if (own)
      this.#job.context.scriptLog?.record(this.#owner, {
        id: this.#request.id,
        recipient: this.#owner,
        sender: this.#request.envelope.sender,
        subject: this.#prepared.message.header.get('subject')?.text ?? '',
        actions,
        errors,
      });
    this.#log.info({ actions }, 'scripts run on an event of IMAP');
  }
}

/** The message as if it came now: what is sent on of it, its owner sends (RFC 6785 §3.4), when he has an address. */
const requestFor = (id: string, raw: Buffer, owner: string): DeliveryRequest => ({
  id,
  raw,
  envelope: { client: {}, sender: owner.includes('@') ? owner : '', recipients: [{ address: owner }] },
  edits: [],
  spam: false,
  score: 0,
});
