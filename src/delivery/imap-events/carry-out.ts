import type { Log } from '../../log.ts';
import type { Action } from '../../sieve/types.ts';
import { flagNames, flagsFrom } from '../../store/mail/flag-names.ts';
import { type MailAccount, type Mailbox, type MessageFacts, SystemFlag } from '../../store/mail/types.ts';
import { StoreError } from '../../store/types.ts';
import { commitAll } from '../commit.ts';
import { type Notifier, sendNotifications } from '../notifier.ts';
import { type FilePlan, plan, type PlanOptions } from '../plan.ts';
import type { Decision } from '../run-scripts.ts';
import { type StageContext, stageCalendar, stageFile, stageMail, stageRedirect } from '../stage.ts';

/** The message that an event is about, and with what its script's wishes are done. */
export interface EventWork {
  readonly mailbox: Mailbox;
  readonly facts: MessageFacts;
  /** Of the mailbox's owner. */
  readonly account: MailAccount;
  readonly stage: StageContext;
  readonly plan: Omit<PlanOptions, 'home'>;
  readonly notifier: Notifier | undefined;
  /** Whether what is discarded is expunged at once. */
  readonly expunge: boolean;
  readonly log: Log;
}

/** No mailbox has this name: the one that the message is in. */
const HERE = '';
const DELETED = { mode: 'add', flags: { system: SystemFlag.deleted, keywords: [] } } as const;

/**
 * Does what scripts want to be done with a message that is in a mailbox (RFC 6785 §3): copies and mails first, then what
 * becomes of the message itself. Rejects when that cannot be done; then the message is where it was.
 */
export async function carryOut(
  actions: readonly Action[],
  { versions }: Pick<Decision, 'versions'>,
  work: EventWork,
): Promise<void> {
  const { mailbox, stage, facts } = work;
  // Those of delivery alone cannot be done here; the message stays.
  if (actions.some(({ type }) => type === 'snooze' || type === 'reject'))
    throw new Error('a message that is in a mailbox already can be neither put away nor refused');
  const keep = actions.find((action) => action.type === 'keep');
  const todo = plan(
    actions.filter((action) => action.type !== 'keep'),
    { ...work.plan, home: HERE },
  );
  const { calendar } = todo;
  const copies = todo.files.filter((file) => file.mail === undefined && file.mailbox !== HERE);
  for (const file of copies) await copyTo(file, versions, work);
  await commitAll(
    [
      ...todo.files.filter(({ mail }) => mail !== undefined).map((file) => () => stageFile(file, stage)),
      ...(calendar === undefined ? [] : [() => stageCalendar(calendar, stage)]),
      ...todo.redirects.map((redirect) => () => stageRedirect(redirect, stage)),
      ...todo.mails.map((mail) => () => stageMail(mail, stage)),
    ],
    (left) => work.log.error({ copies: left }, 'copies could not be taken back'),
  );
  sendNotifications(todo.notifications, work.notifier, work.log);
  // A redirect that would lead in a circle is a keep.
  if (keep === undefined && !todo.files.some((file) => file.mailbox === HERE)) {
    await mailbox.store([facts.uid], DELETED);
    if (work.expunge) await mailbox.expunge([facts.uid]);
    return;
  }
  // RFC 6785 §3.1: a message in a mailbox never changes, so what a script has made of it is not kept; its flags may.
  if (keep?.flags !== undefined)
    await mailbox.store([facts.uid], { mode: 'replace', flags: flagsFrom(keep.flags) });
}

async function copyTo(file: FilePlan, versions: Decision['versions'], work: EventWork): Promise<void> {
  const { facts, mailbox, log } = work;
  const target = await targetOf(file, work);
  if (target === undefined) {
    log.warn({ mailbox: file.mailbox }, 'no such mailbox, the message stays where it is');
    throw new StoreError('not-found', `there is no mailbox ${file.mailbox}`);
  }
  const flags = flagsFrom(file.flags.length > 0 ? file.flags : flagNames(facts));
  const changed = file.version === undefined ? undefined : versions[file.version];
  if (changed !== undefined) {
    await target.append([{ pieces: changed.pieces, flags, internalDate: facts.internalDate }]);
    return;
  }
  const { pairs } = await mailbox.copy([facts.uid], target);
  const uids = pairs.map(([, uid]) => uid);
  if (file.flags.length > 0) await target.store(uids, { mode: 'replace', flags });
}

async function targetOf(
  { mailbox, create, specialUse }: FilePlan,
  { account }: EventWork,
): Promise<Mailbox | undefined> {
  const known = await account.mailbox(mailbox);
  if (known !== undefined || !create) return known;
  try {
    return await account.create(mailbox, specialUse === undefined ? {} : { specialUse: [specialUse] });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.reason === 'exists') return account.mailbox(mailbox);
    if (error.reason === 'invalid-name') return undefined;
    throw error;
  }
}
