import { may } from '../acl/needs.ts';
import type { Principal } from '../acl/acl.ts';
import { reachable } from './list.ts';
import type { Namespaces } from './namespaces.ts';
import type { MailEvent } from './types.ts';
import type { Found, UserContext } from './user-context.ts';

/**
 * Tells a user's listener what happens in his account, and in those of others as far as he may list the mailboxes there.
 * When a list of rights changes he hears that there may be other mailboxes now, and accounts that are new to him are
 * watched, too.
 */
export function watchUser(
  context: UserContext,
  who: Principal,
  find: (name: string) => Promise<Found | undefined>,
  names: Namespaces,
  listener: (event: MailEvent) => void,
): () => void {
  const watched = new Map<string, () => void>();
  let ended = false;
  // One after another: events of one mailbox stay in their order.
  let last: Promise<void> = Promise.resolve();

  const tell = (event: MailEvent): void => {
    if (ended) return;
    if (event.account === who.account || event.mailbox === undefined) {
      listener(event);
      return;
    }
    const name = names.nameOf(event.account, event.mailbox);
    last = last.then(async () => {
      const found = await find(name).catch(() => undefined);
      if (ended) return;
      if (found !== undefined && may('list', found.rights)) listener(event);
      else if (event.kind === 'acl' || event.kind === 'mailboxes')
        listener({ kind: 'mailboxes', account: event.account });
    });
  };
  const watchAccount = async (account: string): Promise<void> => {
    if (watched.has(account)) return;
    const opened = await context.account(account);
    if (!ended && !watched.has(account)) watched.set(account, opened.watch(tell));
  };
  const watchShared = async (): Promise<void> => {
    // An administrator hears of what he is granted, not of everybody's mail.
    const { publicAccount } = context.settings.namespaces;
    const accounts = await reachable(context, { ...who, administrator: false });
    for (const account of who.administrator ? new Set([...accounts, publicAccount]) : accounts)
      await watchAccount(account);
  };
  const attempt = (work: Promise<void>): void => {
    work.catch((error: unknown) =>
      context.log.warn({ account: who.account, err: error }, 'an account cannot be watched'),
    );
  };
  attempt(watchAccount(who.account).then(watchShared));
  const stop = context.watch((event) => {
    if (event.account === who.account || watched.has(event.account)) tell(event);
    else if (event.kind === 'acl')
      attempt(watchShared().then(() => (watched.has(event.account) ? tell(event) : undefined)));
  });
  return () => {
    ended = true;
    stop();
    for (const end of watched.values()) end();
    watched.clear();
  };
}
