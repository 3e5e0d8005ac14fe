import { effectiveRights, type Principal } from '../acl/acl.ts';
import { may } from '../acl/needs.ts';
import type { MailboxFacts } from '../mailbox-facts.ts';
import { INBOX, parentMailboxes } from '../mailbox-name.ts';
import { specialUses } from '../special-use.ts';
import { StoreError } from '../types.ts';
import { accountOfLevel, levelOfAccount, type Namespaces } from './namespaces.ts';
import type { Mailbox, MailboxEntry, MailboxRef } from './types.ts';
import type { UserContext } from './user-context.ts';

/** Files read at the same time for one list. */
const PARALLEL = 16;

/** The facts of a mailbox; those of nobody when it has just been removed. */
export async function readable(
  context: Pick<UserContext, 'facts'>,
  { account, name }: Pick<Mailbox, 'account' | 'name'>,
): Promise<MailboxFacts> {
  try {
    return await context.facts.read({ account, mailbox: name });
  } catch (error) {
    if (error instanceof StoreError && error.reason === 'not-found') return { specialUse: [], metadata: {} };
    throw error;
  }
}

interface Seen {
  readonly ref: MailboxRef;
  readonly specialUse: readonly string[];
}

/**
 * Every mailbox that a user may list (RFC 4314 §4), the levels above them that are none, and his subscriptions, in the order
 * of the names with INBOX first. Accounts none of whose names begins with `prefix` are not looked at.
 */
export async function listEntries(
  context: UserContext,
  who: Principal,
  names: Namespaces,
  prefix: string,
): Promise<MailboxEntry[]> {
  const { others, public: shared, publicAccount } = context.settings.namespaces;
  const own = await context.account(who.account);
  const seen = new Map<string, Seen>();
  const look = async (account: string): Promise<void> => {
    for (const one of await visible(context, who, names, account)) seen.set(one.ref.name, one);
  };
  const overlaps = (from: string): boolean => from.startsWith(prefix) || prefix.startsWith(from);
  if (!prefix.startsWith(others) && !prefix.startsWith(shared)) await look(who.account);
  if (overlaps(others) || overlaps(shared))
    for (const account of await reachable(context, who, accountIn(prefix, others))) {
      const start = account === publicAccount ? shared : `${others}${levelOfAccount(account)}/`;
      if (overlaps(start)) await look(account);
    }
  return entriesOf(seen, new Set(own.subscriptions()));
}

/** The account that a prefix names to its end. */
function accountIn(prefix: string, others: string): string | undefined {
  const [level = '', ...rest] = prefix.startsWith(others) ? prefix.slice(others.length).split('/') : [];
  try {
    return rest.length === 0 ? undefined : accountOfLevel(level);
  } catch {
    return undefined;
  }
}

/** Accounts of others in which there may be something for this user: the one that is named, or some of all. */
export async function reachable(
  context: UserContext,
  who: Principal,
  named?: string,
): Promise<readonly string[]> {
  const { maxListedAccounts, namespaces } = context.settings;
  if (who.administrator && named !== undefined) return (await context.exists(named)) ? [named] : [];
  const found = who.administrator
    ? new Set(await context.accounts(maxListedAccounts)).add(namespaces.publicAccount)
    : context.shares.accounts(who.identifiers);
  return [...found].filter((account) => account !== who.account).slice(0, maxListedAccounts);
}

async function visible(
  context: UserContext,
  who: Principal,
  names: Namespaces,
  account: string,
): Promise<Seen[]> {
  const isPublic = account === context.settings.namespaces.publicAccount;
  const opened = await context.account(account);
  const mailboxes = (await opened.mailboxes()).filter(
    ({ name }) => account !== who.account || !names.hidden(name),
  );
  const facts: MailboxFacts[] = [];
  for (let at = 0; at < mailboxes.length; at += PARALLEL)
    facts.push(
      ...(await Promise.all(mailboxes.slice(at, at + PARALLEL).map((mailbox) => readable(context, mailbox)))),
    );
  // Another's drafts are none of one's own: a client would file there.
  const uses =
    account === who.account
      ? specialUses(
          mailboxes.map(({ name }, index) => ({ name, given: facts[index]?.specialUse ?? [] })),
          context.settings.specialUse,
        )
      : new Map<string, readonly string[]>();
  return mailboxes.flatMap((mailbox, index) => {
    const rights = effectiveRights(facts[index]?.acl, isPublic ? undefined : account, who);
    if (!may('list', rights)) return [];
    const name = names.nameOf(account, mailbox.name);
    return [{ ref: { name, mailbox, rights }, specialUse: uses.get(mailbox.name) ?? [] }];
  });
}

function entriesOf(seen: ReadonlyMap<string, Seen>, subscriptions: ReadonlySet<string>): MailboxEntry[] {
  const withChildren = new Set<string>();
  for (const name of seen.keys()) for (const level of parentMailboxes(name)) withChildren.add(level);
  const names = [...new Set([...seen.keys(), ...withChildren, ...subscriptions])];
  return names.sort(inOrder).map((name) => ({
    name,
    ref: seen.get(name)?.ref,
    specialUse: seen.get(name)?.specialUse ?? [],
    hasChildren: withChildren.has(name),
    subscribed: subscriptions.has(name),
  }));
}

/** INBOX and what is below it first, then by code units, a level before what is below it. */
function inOrder(one: string, other: string): number {
  const key = (name: string): string =>
    `${name === INBOX || name.startsWith(`${INBOX}/`) ? 0 : 1}${name.replaceAll('/', '\0')}`;
  const [a, b] = [key(one), key(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}
