import { setImmediate as nextTurn } from 'node:timers/promises';
import { SystemFlag, type Mailbox, type MailboxRef } from '../../../store/mail/types.ts';
import { takesUtf8 } from '../text.ts';
import type { SessionControl } from '../types.ts';
import { BadArgument } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { describeAll } from '../described.ts';
import { mailboxName } from '../wire/writer.ts';

type Value = (mailbox: Mailbox, session: SessionControl) => string | number | Promise<string | number>;

/** Items of STATUS (RFC 9051 §6.3.11, RFC 7162 §3.1.7, RFC 7889 §3.1, RFC 8438 §3, RFC 8474 §4.3, RFC 9208 §4.1.4). */
const ITEMS: Readonly<Record<string, Value>> = {
  MESSAGES: (mailbox) => mailbox.status().messages,
  UIDNEXT: (mailbox) => mailbox.status().uidNext,
  UIDVALIDITY: (mailbox) => mailbox.uidValidity,
  UNSEEN: (mailbox) => mailbox.status().unseen,
  DELETED: (mailbox) => mailbox.status().deleted,
  'DELETED-STORAGE': deletedStorage,
  SIZE: (mailbox) => mailbox.status().size,
  RECENT: recentHere,
  HIGHESTMODSEQ: (mailbox) => mailbox.status().highestModseq,
  MAILBOXID: (mailbox) => `(${mailbox.mailboxId})`,
  APPENDLIMIT: (_, { options }) => options.appendLimit,
};

/** Of the open mailbox those that are recent in this session (RFC 3501 §2.3.2). */
function recentHere(mailbox: Mailbox, session: SessionControl): number {
  const open = session.isOpen ? session.selected : undefined;
  return open?.mailbox.mailboxId === mailbox.mailboxId ? open.recent : mailbox.status().recent;
}

/** Messages looked at before others get their turn. */
const STEP = 5000;

async function deletedStorage(mailbox: Mailbox): Promise<number> {
  if (mailbox.status().deleted === 0) return 0;
  let [size, looked] = [0, 0];
  for (const facts of mailbox.facts([[1, 0xffff_ffff]])) {
    if ((facts.system & SystemFlag.deleted) !== 0) size += facts.size;
    if (++looked % STEP === 0) await nextTurn();
  }
  return size;
}

/** `(MESSAGES UIDNEXT)`. */
export function readStatusItems(args: Cursor): readonly string[] {
  const items = new Set<string>();
  args.list(() => {
    const item = args.keyword();
    if (!Object.hasOwn(ITEMS, item)) throw new BadArgument(`${item} is no item of STATUS`);
    items.add(item);
  });
  return [...items];
}

/** The untagged response of STATUS; `tag` of the command, where nothing else is answered before. */
export async function statusText(
  session: SessionControl,
  { name, mailbox }: MailboxRef,
  items: readonly string[],
  tag?: string,
): Promise<string> {
  await mailbox.sync();
  if (items.includes('SIZE') || items.includes('DELETED-STORAGE')) await describeAll(session, mailbox, tag);
  // RFC 7162 §3.1: by asking for it a client shows that it knows of modification sequences.
  if (items.includes('HIGHESTMODSEQ')) session.enable('CONDSTORE');
  const values: string[] = [];
  for (const item of items) values.push(`${item} ${await ITEMS[item]?.(mailbox, session)}`);
  // A client may keep these numbers: they must not be lower after a loss of power.
  if (items.includes('UIDNEXT') || items.includes('HIGHESTMODSEQ')) await mailbox.durable?.();
  return `STATUS ${mailboxName(name, takesUtf8(session))} (${values.join(' ')})`;
}
