import type { SnoozeAction } from '../../sieve/types.ts';
import { type Delivered, type Staged, type StagedMessage, StoreError } from '../../store/types.ts';
import { type FilePlan, INBOX } from '../plan.ts';
import { filedPieces, stageFile, type StageContext } from '../stage.ts';
import { resolveTarget } from '../targets.ts';
import type { SnoozedMessage } from './entry.ts';
import { wakeTime } from './wake-time.ts';

/** The special use of the mailbox that messages wait in (draft-ietf-extra-email-snooze). */
const SNOOZED = '\\Snoozed';

/**
 * Puts the message into the mailbox where it waits; when that cannot be, it is filed at once where it would come back.
 */
export async function stageSnooze(
  action: SnoozeAction,
  context: StageContext,
): Promise<Staged<Delivered | undefined>> {
  const { store, snooze, settings, log } = context;
  const target = { mailbox: INBOX, ...action };
  const create = settings.autocreate || action.create === true;
  const file: FilePlan = { ...target, flags: action.flags ?? [], create };
  const now = context.now();
  const atOnce = async (why: object): Promise<Staged<Delivered | undefined>> => {
    log.warn(why, 'no message can be put away, it is filed at once');
    const { mailbox } = await resolveTarget(target, store);
    return stageFile({ ...file, mailbox }, context);
  };
  if (snooze === undefined || !snooze.snoozed.hasRoom(snooze.settings.pending))
    return atOnce({ pending: snooze?.settings.pending ?? 0 });
  const { snoozed } = snooze;
  const mailbox = (await store.specialUse(SNOOZED)) ?? snooze.settings.mailbox;
  let staged: StagedMessage;
  try {
    const options = { flags: file.flags, create: true, specialUse: SNOOZED };
    staged = await store.stage(mailbox, filedPieces(file, context), options);
  } catch (err) {
    if (!(err instanceof StoreError) || !['not-found', 'invalid-name'].includes(err.reason)) throw err;
    return atOnce({ mailbox, err });
  }
  const message: SnoozedMessage = {
    account: context.account,
    name: staged.name,
    from: staged.mailbox,
    since: now,
    wakes: wakeTime(action, snooze.zone, now),
    mailbox: target.mailbox,
    ...(action.mailboxId === undefined ? {} : { mailboxId: action.mailboxId }),
    ...(action.specialUse === undefined ? {} : { specialUse: action.specialUse }),
    create,
    addFlags: action.addFlags,
    removeFlags: action.removeFlags,
  };
  let waits = false;
  return {
    async commit() {
      // A message that nobody knows when to bring back would wait for ever; the other way round nothing is lost.
      try {
        await snoozed.remember(message);
      } catch (error) {
        await staged.abort();
        throw error;
      }
      const filed = await staged.commit();
      waits = true;
      snoozed.begin(message);
      return filed;
    },
    async abort() {
      const gone = await staged.abort();
      // What somebody has picked up meanwhile stays where it is, and is to come back all the same.
      if (gone || !waits) await snoozed.forget(message);
      return gone;
    },
  };
}
