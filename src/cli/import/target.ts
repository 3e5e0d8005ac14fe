import type { Mailbox, MailUser } from '../../store/mail/types.ts';
import { UseError } from '../../store/special-use.ts';
import { StoreError } from '../../store/types.ts';
import type { SourceMailbox } from './types.ts';

export interface TargetOptions {
  /** Everything goes into this mailbox. */
  readonly into?: string;
  /** Everything goes below this mailbox, under its own name. */
  readonly below?: string;
}

/**
 * The mailbox of the account that takes what a mailbox of the source holds, made when it is not there: the one that has the same
 * special use, else the one of the same name. Rejects with `StoreError`.
 */
export async function targetMailbox(
  user: MailUser,
  source: SourceMailbox,
  { into, below }: TargetOptions,
): Promise<Mailbox> {
  const name = into ?? (below === undefined ? await usualName(user, source) : `${below}/${source.name}`);
  if (into === undefined) refuseOthers(user, name);
  const found = await user.mailbox(name);
  const mailbox =
    found?.mailbox.selectable === true
      ? found.mailbox
      : await create(user, name, into === undefined && below === undefined ? source.specialUse : []);
  // Also when it was there: an import may have been interrupted just before.
  if (source.subscribed && into === undefined) await user.subscribe(name, true);
  return mailbox;
}

async function usualName(user: MailUser, { name, specialUse }: SourceMailbox): Promise<string> {
  if (specialUse.length === 0 || name.toUpperCase() === 'INBOX') return name;
  const uses = new Set(specialUse.map((use) => use.toLowerCase()));
  const same = (await user.list()).find(
    (entry) =>
      entry.ref?.mailbox.account === user.account &&
      entry.specialUse.some((use) => uses.has(use.toLowerCase())),
  );
  return same?.name ?? name;
}

/** What a source calls `Other Users/anna` does not go to anna. */
function refuseOthers({ namespaces }: MailUser, name: string): void {
  for (const { prefix } of [...namespaces.others, ...namespaces.shared])
    if (`${name}/`.startsWith(prefix))
      throw new StoreError('invalid-name', `${name}: mailboxes of others have such names, use --below`);
}

/** A use that is not known here, or taken, is not given: the mail comes all the same. */
async function create(user: MailUser, name: string, specialUse: readonly string[]): Promise<Mailbox> {
  if (specialUse.length > 0) {
    try {
      return (await user.create(name, { specialUse })).mailbox;
    } catch (error) {
      if (!(error instanceof UseError)) throw error;
    }
  }
  return (await user.create(name)).mailbox;
}
