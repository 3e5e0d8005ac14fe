import { aclAccess } from '../acl/access.ts';
import { ANYONE, effectiveRights, type Principal } from '../acl/acl.ts';
import { may, type Operation } from '../acl/needs.ts';
import type { MailboxFacts } from '../mailbox-facts.ts';
import { parentMailboxes } from '../mailbox-name.ts';
import { metadataAccess } from '../metadata/access.ts';
import { quotaAccess } from '../quota/access.ts';
import { impliedUse, isSameUse, isTaken, specialUses, UseError } from '../special-use.ts';
import { StoreError } from '../types.ts';
import { listEntries, readable } from './list.ts';
import { namespacesOf, type Namespaces, type Place } from './namespaces.ts';
import type {
  AclAccess,
  MailAccount,
  MailboxEntry,
  MailboxRef,
  MailEvent,
  MailUser,
  MetadataAccess,
  QuotaAccess,
} from './types.ts';
import type { Found, Lookup, UserContext } from './user-context.ts';
import { watchUser } from './watch-user.ts';

/** What one user sees and may do (RFC 4314): the names of his namespaces, and the rights under them. */
export function createMailUser(context: UserContext, account: string, administrator: boolean): MailUser {
  const { groups, namespaces } = context.settings;
  const identifiers = new Set([account, ANYONE]);
  for (const { name, members } of groups)
    if (members.some((member) => member.toLowerCase() === account)) identifiers.add(`$${name.toLowerCase()}`);
  return new SharedMailUser(
    context,
    { account, administrator, identifiers },
    namespacesOf(account, namespaces, context.settings),
  );
}

type MailboxPlace = Exclude<Place, { readonly kind: 'level' }>;

class SharedMailUser implements MailUser, Lookup {
  readonly who: Principal;
  readonly namespaces: MailUser['namespaces'];
  readonly acl: AclAccess;
  readonly quota: QuotaAccess;
  readonly metadata: MetadataAccess;
  readonly #context: UserContext;
  readonly #names: Namespaces;

  constructor(context: UserContext, who: Principal, names: Namespaces) {
    this.#context = context;
    this.who = who;
    this.#names = names;
    this.namespaces = names.shown;
    this.acl = aclAccess(context, this);
    this.quota = quotaAccess(context, this);
    this.metadata = metadataAccess(context, this);
  }

  get account(): string {
    return this.who.account;
  }

  get administrator(): boolean {
    return this.who.administrator;
  }

  nameOf(account: string, mailbox: string): string {
    return this.#names.nameOf(account, mailbox);
  }

  async mailbox(name: string): Promise<MailboxRef | undefined> {
    return this.find(name);
  }

  async find(name: string): Promise<Found | undefined> {
    let place: Place;
    try {
      place = this.#names.place(name);
    } catch (error) {
      if (error instanceof StoreError && error.reason === 'invalid-name') return undefined;
      throw error;
    }
    if (place.kind === 'level' || !(await this.#reaches(place.account))) return undefined;
    const found = await this.#at(await this.#context.account(place.account), place, place.mailbox);
    return found !== undefined && may('my-rights', found.rights) ? found : undefined;
  }

  async need(name: string, operation: Operation): Promise<Found> {
    // Throws when no mailbox can be called so.
    this.#names.place(name);
    const found = await this.find(name);
    const absent = (): StoreError => new StoreError('not-found', `there is no mailbox ${name}`);
    if (found === undefined) throw absent();
    if (may(operation, found.rights)) return found;
    // Who may not even list it must not learn from the answer that it is there (RFC 4314 §6).
    throw found.rights.has('l') ? new StoreError('denied', `you may not do that to ${name}`) : absent();
  }

  list(options: { readonly prefix?: string } = {}): Promise<readonly MailboxEntry[]> {
    return listEntries(this.#context, this.who, this.#names, options.prefix ?? '');
  }

  async create(name: string, options: { readonly specialUse?: readonly string[] } = {}): Promise<MailboxRef> {
    const place = this.#mailboxPlace(name);
    if (!(await this.#reaches(place.account))) throw denied(name);
    const account = await this.#context.account(place.account);
    await this.#mayMake(account, place, name);
    const specialUse = await this.#usesFor(account, place.mailbox, options.specialUse ?? []);
    await this.#context.quota.checkMailboxes(account, 1);
    await account.create(place.mailbox, specialUse.length > 0 ? { specialUse } : {});
    const made = await this.#at(account, place, place.mailbox);
    if (made === undefined) throw new StoreError('not-found', `${name} was removed again`);
    return made;
  }

  async delete(name: string): Promise<void> {
    const found = await this.need(name, 'delete');
    const { account, name: inside } = found.mailbox;
    await (await this.#context.account(account)).delete(inside);
    if (found.facts.acl !== undefined) await this.#context.relistShares(account);
  }

  async rename(from: string, to: string): Promise<void> {
    const source = (await this.#ownLevel(from)) ?? (await this.need(from, 'rename')).mailbox;
    const place = this.#mailboxPlace(to);
    if (place.account !== source.account)
      throw (await this.#reaches(place.account))
        ? new StoreError('in-use', 'a mailbox cannot be moved to another owner: copy its messages')
        : denied(to);
    const account = await this.#context.account(place.account);
    await this.#mayMake(account, place, to);
    // Lists of rights go with what is renamed (RFC 4314 §4).
    await account.rename(source.name, place.mailbox);
  }

  /** A level of one's own that is no mailbox, but holds some: it is renamed with them. */
  async #ownLevel(name: string): Promise<{ account: string; name: string } | undefined> {
    const place = this.#mailboxPlace(name);
    if (place.account !== this.account) return undefined;
    const mailboxes = await (await this.#context.account(place.account)).mailboxes();
    const isLevel =
      mailboxes.some((mailbox) => mailbox.name.startsWith(`${place.mailbox}/`)) &&
      !mailboxes.some((mailbox) => mailbox.name === place.mailbox);
    return isLevel ? { account: place.account, name: place.mailbox } : undefined;
  }

  async subscribe(name: string, subscribed: boolean): Promise<void> {
    const account = await this.#context.account(this.account);
    let canonical = name;
    try {
      const place = this.#names.place(withoutSlash(name));
      if (place.kind !== 'level') canonical = this.nameOf(place.account, place.mailbox);
    } catch (error) {
      // What is there by an old name must go; nothing new may come that no mailbox can be called.
      if (subscribed) throw error;
    }
    if (subscribed && account.subscriptions().length > 2 * this.#context.settings.maxMailboxes)
      throw new StoreError('limit', 'there are too many subscriptions');
    await account.subscribe(canonical, subscribed);
  }

  watch(listener: (event: MailEvent) => void): () => void {
    return watchUser(this.#context, this.who, (name) => this.find(name), this.#names, listener);
  }

  /** Whether there can be something for this user in an account. Nothing on the disk is asked for any other. */
  async #reaches(account: string): Promise<boolean> {
    if (account === this.account) return true;
    if (this.who.administrator)
      return account === this.#context.settings.namespaces.publicAccount || this.#context.exists(account);
    return this.#context.shares.accounts(this.who.identifiers).includes(account);
  }

  async #at(account: MailAccount, place: MailboxPlace, name: string): Promise<Found | undefined> {
    const mailbox = await account.mailbox(name);
    if (mailbox === undefined) return undefined;
    const isPublic = place.account === this.#context.settings.namespaces.publicAccount;
    const owner = isPublic ? undefined : place.account;
    const facts: MailboxFacts = await readable(this.#context, mailbox);
    return {
      name: this.nameOf(place.account, mailbox.name),
      mailbox,
      rights: effectiveRights(facts.acl, owner, this.who),
      kind: place.kind,
      owner,
      facts,
    };
  }

  #mailboxPlace(name: string): MailboxPlace {
    const place = this.#names.place(withoutSlash(name));
    if (place.kind === 'level') throw denied(name);
    return place;
  }

  /**
   * Rejects unless the user may make a mailbox: he has `k` on the nearest above it that is there (RFC 4314 §4); where there
   * is none only its owner and administrators may.
   */
  async #mayMake(account: MailAccount, place: MailboxPlace, name: string): Promise<void> {
    const taken = await this.#at(account, place, place.mailbox);
    let parent: Found | undefined;
    for (const level of parentMailboxes(place.mailbox).toReversed()) {
      parent = await this.#at(account, place, level);
      if (parent !== undefined) break;
    }
    const allowed =
      parent === undefined
        ? place.account === this.account || this.administrator
        : may('create', parent.rights);
    if (taken !== undefined && may('list', taken.rights) && taken.mailbox.selectable)
      throw new StoreError('exists', `${name} is there already`);
    if (!allowed || (taken !== undefined && !may('list', taken.rights))) throw denied(name);
  }

  async uses({ mailbox }: Found): Promise<readonly string[]> {
    const given = await this.#givenUses(await this.#context.account(mailbox.account));
    return specialUses(given, this.#context.settings.specialUse).get(mailbox.name) ?? [];
  }

  async checkedUses({ mailbox, owner }: Found, asked: readonly string[]): Promise<readonly string[]> {
    if (owner !== this.account) throw new UseError("only one's own mailboxes have special uses");
    const given = await this.#givenUses(await this.#context.account(mailbox.account));
    // Who has it by a usual name alone gives way.
    const others = new Map(
      given.filter(({ name }) => name !== mailbox.name).map((other) => [other.name, other.given]),
    );
    return asked.map((attribute) => {
      const use = this.#context.settings.specialUse.find((known) => isSameUse(known.attribute, attribute));
      if (use === undefined) throw new UseError(`no mailbox can be for ${attribute}`);
      if (isTaken(attribute, others)) throw new UseError(`another mailbox is for ${attribute}`);
      return use.attribute;
    });
  }

  async #givenUses(account: MailAccount): Promise<{ name: string; given: readonly string[] }[]> {
    return Promise.all(
      (await account.mailboxes()).map(async (mailbox) => ({
        name: mailbox.name,
        given: (await readable(this.#context, mailbox)).specialUse,
      })),
    );
  }

  async #usesFor(account: MailAccount, name: string, asked: readonly string[]): Promise<readonly string[]> {
    const usual = this.#context.settings.specialUse;
    const present = specialUses(await this.#givenUses(account), usual);
    if (asked.length === 0) {
      const implied = impliedUse(name, present, usual);
      return implied === undefined ? [] : [implied];
    }
    for (const attribute of asked) {
      const known = usual.some((use) => isSameUse(use.attribute, attribute));
      if (!known) throw new UseError(`no mailbox can be made for ${attribute}`);
      if (isTaken(attribute, present)) throw new UseError(`another mailbox is for ${attribute}`);
    }
    return asked;
  }
}

const denied = (name: string): StoreError => new StoreError('denied', `you may not make ${name}`);

/** A client that will make mailboxes below it may say so by a slash at the end (RFC 9051 §6.3.4). */
const withoutSlash = (name: string): string => (name.endsWith('/') ? name.slice(0, -1) : name);
