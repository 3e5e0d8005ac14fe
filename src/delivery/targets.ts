import type { Action, MailboxTarget } from '../sieve/types.ts';
import { type AccountStore, StoreError } from '../store/types.ts';

/** The actions with the names of their mailboxes, where a script names them by id or by special use. */
export function resolveTargets(actions: readonly Action[], store: AccountStore): Promise<Action[]> {
  return Promise.all(
    actions.map(async (action) => {
      if (action.type === 'fileinto') return { ...action, ...(await resolveTarget(action, store)) };
      if (!('fcc' in action) || action.fcc === undefined) return action;
      return { ...action, fcc: { ...action.fcc, ...(await resolveTarget(action.fcc, store)) } };
    }),
  );
}

/** A mailbox with the wanted id or use goes before the one with the name (RFC 9042 §4, RFC 8579 §4). */
export async function resolveTarget(target: MailboxTarget, store: AccountStore): Promise<MailboxTarget> {
  const { mailboxId, specialUse } = target;
  const found =
    (mailboxId === undefined ? undefined : await store.mailboxById(mailboxId)) ??
    (specialUse === undefined ? undefined : await findUse(specialUse, target, store));
  return found === undefined ? target : { mailbox: found };
}

/** Of several mailboxes with the use, the one that is named (RFC 8579 §4). */
async function findUse(
  use: string,
  { mailbox }: MailboxTarget,
  store: AccountStore,
): Promise<string | undefined> {
  try {
    if (await store.hasSpecialUse(mailbox, use)) return mailbox;
  } catch (error) {
    if (!(error instanceof StoreError && error.reason === 'invalid-name')) throw error;
  }
  return store.specialUse(use);
}
