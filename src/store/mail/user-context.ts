import type { Log } from '../../log.ts';
import type { Principal } from '../acl/acl.ts';
import type { Operation } from '../acl/needs.ts';
import type { Shares } from '../acl/shares.ts';
import type { FactsStore } from '../facts-store.ts';
import type { MailboxFacts } from '../mailbox-facts.ts';
import type { Quota } from '../quota/quota.ts';
import type { StoreSettings } from '../settings.ts';
import type { MailAccount, MailboxRef, MailEvent } from './types.ts';

/** What all users of a store share. */
export interface UserContext {
  readonly settings: StoreSettings;
  readonly log: Log;
  readonly facts: FactsStore;
  readonly shares: Shares;
  readonly quota: Quota;
  /** Made when it is first opened: ask {@link UserContext.exists} where a client has named it. */
  account(account: string): Promise<MailAccount>;
  exists(account: string): Promise<boolean>;
  /** Accounts with mail, at most so many. */
  accounts(limit: number): Promise<readonly string[]>;
  /** Tells this process's sessions what no account tells: rights, annotations, limits. */
  emit(event: MailEvent): void;
  watch(listener: (event: MailEvent) => void): () => void;
  /** Writes anew for whom the account's lists of rights have an entry, after one has been taken away. */
  relistShares(account: string): Promise<void>;
}

/** A mailbox as a user finds it, with what decides over it. */
export interface Found extends MailboxRef {
  readonly kind: 'personal' | 'others' | 'public';
  /** Whose it is; undefined for a public one. */
  readonly owner: string | undefined;
  readonly facts: MailboxFacts;
}

/** What the parts of a user's view (rights, quota, annotations) ask of it. */
export interface Lookup {
  readonly who: Principal;
  /** Undefined when it is not there, or nothing he may know of. */
  find(name: string): Promise<Found | undefined>;
  /** Rejects with `not-found` or `denied` when he may not do this to it. */
  need(name: string, operation: Operation): Promise<Found>;
  /** Special uses of one of his own mailboxes, as LIST shows them (RFC 6154 §2). */
  uses(found: Found): Promise<readonly string[]>;
  /** Those he asks for, as the configuration writes them. Throws `UseError` when it cannot have them. */
  checkedUses(found: Found, asked: readonly string[]): Promise<readonly string[]>;
}
