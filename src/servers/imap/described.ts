import type { Mailbox, MessageFacts, UidRange } from '../../store/mail/types.ts';
import { Progress } from './progress.ts';
import type { Pace } from './search/pace.ts';
import { rangesOf } from './search/scope.ts';
import type { Session } from './types.ts';

/** Messages whose files are waited for before the client may hear how far it is. */
const STEP = 1000;

/** Facts with what only the files tell (see `Mailbox.describe`); without messages whose files cannot be read. */
export async function describedFacts(mailbox: Mailbox, ranges: readonly UidRange[]): Promise<MessageFacts[]> {
  const isDescribed = ({ emailId }: MessageFacts): boolean => emailId !== '';
  const facts = [...mailbox.facts(ranges)];
  if (facts.every(isDescribed)) return facts;
  await mailbox.describe(ranges);
  return [...mailbox.facts(ranges)].filter(isDescribed);
}

/** Waits until the files of these messages (ascending UIDs) have been read. */
export async function describeFor(mailbox: Mailbox, uids: readonly number[], pace: Pace): Promise<void> {
  for (let at = 0; at < uids.length; at += STEP) {
    await mailbox.describe(rangesOf(uids.slice(at, at + STEP)));
    if (pace.due) await pace.rest(at, uids.length);
  }
}

/** The same for all messages of a mailbox; `tag` is that of the command that waits for it. */
export async function describeAll(
  session: Session,
  mailbox: Mailbox,
  tag: string | undefined,
): Promise<void> {
  const { uidNext } = mailbox.status();
  const progress = tag === undefined ? undefined : new Progress(session, tag, uidNext);
  // UIDs may be far apart.
  const step = Math.max(STEP, Math.ceil(uidNext / 100));
  for (let first = 1; first < uidNext; first += step) {
    await mailbox.describe([[first, first + step - 1]]);
    progress?.at(first);
    await session.flush();
  }
}
