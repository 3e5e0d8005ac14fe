import type { State } from '../state/types.ts';
import { createAccountTable } from './account-table.ts';
import type { AccountTable, StoredAccount } from './account-table.ts';
import { normaliseAddress, normaliseDomain, splitSubaddress } from './address.ts';
import { createFoundCache } from './found-cache.ts';
import { createPasswords, passwordFault } from './password.ts';
import type { Passwords } from './password.ts';
import { decoySalt, keysOf, SCRAM_HASHES } from './scram-keys.ts';
import type { ScramHash, ScramKeys } from './scram-keys.ts';
import { defaultPolicySettings, type PolicySettings } from './settings.ts';
import { createVerifiedCache, type VerifiedCache } from './verified-cache.ts';

/** Somebody who has a mailbox and a password here. */
export interface Account {
  /** Lower-cased, domain in A-labels: names the account everywhere. */
  address: string;
  aliases: readonly string[];
  /** Milliseconds since the epoch. */
  created: number;
}

/** Why an account could not be added or changed: for the person who asked. */
export class AccountError extends Error {
  readonly reason: 'exists' | 'not-found' | 'bad-address' | 'bad-password' | 'not-local';
  constructor(reason: AccountError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * The accounts, kept in the state: what one process changes, others see at once (a removal after `cacheSeconds`).
 * Any method may reject with a `StateError`.
 */
export interface Accounts {
  /** Rejects with {@link AccountError}. */
  add(address: string, password: string, options?: { aliases?: readonly string[] }): Promise<Account>;
  /** Removes account and aliases; its mail stays. False when there was none. */
  remove(address: string): Promise<boolean>;
  /** In the order of their addresses. */
  list(): Promise<Account[]>;
  /** Rejects with {@link AccountError}. */
  passwd(address: string, password: string): Promise<void>;
  /**
   * Login: the account's address, or undefined when account or password is wrong; both take the same time. What was right
   * is remembered for `verifiedSeconds`. Takes an alias too. Rejects with `BusyError` when too many wait.
   */
  verify(address: string, password: string): Promise<string | undefined>;
  /** The account somebody means who logs in as `user`: its address or an alias of it; undefined when there is none. */
  owner(user: string): Promise<string | undefined>;
  /**
   * What SCRAM needs of a user. Always answered: for an unknown user, or an account without such keys, with a salt that
   * looks like any other and keys that no password has.
   */
  scram(user: string, hash: ScramHash): Promise<ScramLogin>;
  /** The other addresses of an account; none when there is no such account. */
  aliases(account: string): Promise<readonly string[]>;
  /** Whether there is an account of exactly this address. */
  exists(address: string): Promise<boolean>;
  /**
   * The account that gets the mail for an address: itself, by alias, without its sub-address, as postmaster or by its
   * domain's catch-all; undefined when nobody does. `postmaster` may stand without a domain.
   */
  resolve(address: string): Promise<string | undefined>;
}

export interface ScramLogin {
  /** Undefined: nobody can log in by these keys, whatever the proof. */
  account: string | undefined;
  salt: Uint8Array;
  iterations: number;
  keys: ScramKeys;
}

export interface AccountsOptions {
  state: State;
  settings: PolicySettings;
  /** Random octets for salts; of a cryptographic source (`randomBytes`). */
  random: (octets: number) => Uint8Array;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

export function createAccounts({ state, settings, random, now = Date.now }: AccountsOptions): Accounts {
  return new StoredAccounts(createAccountTable(state), settings, random, now);
}

class StoredAccounts implements Accounts {
  readonly #table: AccountTable;
  readonly #settings: PolicySettings;
  readonly #passwords: Passwords;
  readonly #random: (octets: number) => Uint8Array;
  readonly #now: () => number;
  readonly #domains: ReadonlySet<string>;
  readonly #catchAll: ReadonlyMap<string, string>;
  readonly #found: ReturnType<typeof createFoundCache>;
  readonly #verified: VerifiedCache;

  constructor(
    table: AccountTable,
    settings: PolicySettings,
    random: (octets: number) => Uint8Array,
    now: () => number,
  ) {
    this.#table = table;
    this.#settings = settings;
    this.#passwords = createPasswords(settings.accounts, random);
    this.#random = random;
    this.#now = now;
    this.#domains = new Set(settings.domains.map(normaliseDomain));
    this.#catchAll = new Map(
      settings.catchAll.map(({ domain, account }) => [normaliseDomain(domain), account]),
    );
    this.#found = createFoundCache(settings.accounts.cacheSeconds * 1000, now);
    this.#verified = createVerifiedCache(settings.accounts.verifiedSeconds * 1000, random, now);
  }

  async add(
    address: string,
    password: string,
    options: { aliases?: readonly string[] } = {},
  ): Promise<Account> {
    const name = this.#ownAddress(address);
    const aliases = [...new Set((options.aliases ?? []).map((alias) => this.#ownAddress(alias)))];
    this.#checkPassword(password);
    if (aliases.includes(name)) throw new AccountError('exists', `${name} cannot be its own alias`);
    const account = {
      address: name,
      aliases,
      created: this.#now(),
      ...(await this.#secrets(password)),
    };
    const conflict = await this.#table.add(account);
    if (conflict !== undefined) throw new AccountError('exists', `${conflict} is taken`);
    return publicPart(account);
  }

  async remove(address: string): Promise<boolean> {
    const name = normaliseAddress(address);
    if (name === undefined) return false;
    const removed = await this.#table.remove(name);
    this.#found.clear();
    return removed;
  }

  async list(): Promise<Account[]> {
    const accounts: Account[] = [];
    for await (const account of this.#table.all()) accounts.push(publicPart(account));
    return accounts.sort((a, b) => (a.address < b.address ? -1 : 1));
  }

  async passwd(address: string, password: string): Promise<void> {
    this.#checkPassword(password);
    const name = normaliseAddress(address);
    const missing = new AccountError('not-found', `there is no account ${address}`);
    if (name === undefined || (await this.#table.get(name)) === undefined) throw missing;
    const secrets = await this.#secrets(password);
    // The keys of the old password go, also when there are none for the new one.
    const renewed = ({ address, aliases, created }: StoredAccount) => ({
      address,
      aliases,
      created,
      ...secrets,
    });
    if (!(await this.#table.change(name, renewed))) throw missing;
  }

  /** What is kept of a password. */
  async #secrets(password: string): Promise<Pick<StoredAccount, 'hash' | 'scram'>> {
    const hash = await this.#passwords.hash(password);
    const scram = await this.#passwords.scram(password);
    return { hash, ...(scram === undefined ? {} : { scram }) };
  }

  async verify(address: string, password: string): Promise<string | undefined> {
    const name = normaliseAddress(address);
    const login = name === undefined ? undefined : await this.#table.owner(name);
    const account = login === undefined ? undefined : await this.#table.get(login);
    if (account !== undefined && this.#verified.has(account.hash, password)) return account.address;
    if (!(await this.#passwords.verify(password, account?.hash)) || account === undefined) return undefined;
    await this.#renewScram(account, password);
    this.#verified.add(account.hash, password);
    return account.address;
  }

  /** SCRAM keys can only be made while the password is at hand: of accounts from before, and after a change of iterations. */
  async #renewScram(account: StoredAccount, password: string): Promise<void> {
    if ((account.scram?.iterations ?? 0) === this.#settings.accounts.scramIterations) return;
    const scram = await this.#passwords.scram(password);
    if (scram === undefined && account.scram === undefined) return;
    await this.#table.change(account.address, ({ scram: old, ...now }) => {
      if (now.hash !== account.hash) return { ...now, ...(old === undefined ? {} : { scram: old }) };
      return { ...now, ...(scram === undefined ? {} : { scram }) };
    });
  }

  async owner(user: string): Promise<string | undefined> {
    const name = normaliseAddress(user);
    return name === undefined ? undefined : this.#table.owner(name);
  }

  async scram(user: string, hash: ScramHash): Promise<ScramLogin> {
    const account = await this.owner(user);
    const set = account === undefined ? undefined : (await this.#table.get(account))?.scram;
    if (set !== undefined)
      return {
        account,
        salt: Buffer.from(set.salt, 'base64'),
        iterations: set.iterations,
        keys: keysOf(set, hash),
      };
    const secret = await this.#table.secret(this.#random(32));
    const nothing = (): Buffer => Buffer.from(this.#random(SCRAM_HASHES[hash]));
    return {
      account: undefined,
      salt: decoySalt(secret, normaliseAddress(user) ?? user),
      iterations: this.#settings.accounts.scramIterations || defaultPolicySettings.accounts.scramIterations,
      keys: { storedKey: nothing(), serverKey: nothing() },
    };
  }

  async aliases(account: string): Promise<readonly string[]> {
    return (await this.#table.get(account))?.aliases ?? [];
  }

  async exists(address: string): Promise<boolean> {
    const name = normaliseAddress(address);
    return name !== undefined && (await this.#table.get(name)) !== undefined;
  }

  async resolve(address: string): Promise<string | undefined> {
    if (address.toLowerCase() === 'postmaster') return this.#account(this.#settings.postmaster);
    const name = normaliseAddress(address);
    if (name === undefined) return undefined;
    const cached = this.#found.get(name);
    if (cached !== undefined) return cached;
    const account = await this.#lookUp(name);
    if (account !== undefined) this.#found.set(name, account);
    return account;
  }

  async #lookUp(name: string): Promise<string | undefined> {
    const at = name.lastIndexOf('@');
    const [local, domain] = [name.slice(0, at), name.slice(at + 1)];
    const { user, detail } = splitSubaddress(local, this.#settings.subaddressSeparator);
    return (
      (await this.#table.owner(name)) ??
      (detail === undefined ? undefined : await this.#table.owner(`${user}@${domain}`)) ??
      (user === 'postmaster' && this.#domains.has(domain)
        ? await this.#account(this.#settings.postmaster)
        : undefined) ??
      (await this.#account(this.#catchAll.get(domain) ?? ''))
    );
  }

  /** An address of the settings; '' is none. */
  async #account(address: string): Promise<string | undefined> {
    const name = address === '' ? undefined : normaliseAddress(address);
    return name === undefined ? undefined : this.#table.owner(name);
  }

  #ownAddress(address: string): string {
    const name = normaliseAddress(address);
    if (name === undefined)
      throw new AccountError('bad-address', `${JSON.stringify(address)} is no mail address`);
    const at = name.lastIndexOf('@');
    const fault = localPartFault(name.slice(0, at), this.#settings.subaddressSeparator);
    if (fault !== undefined) throw new AccountError('bad-address', `${name}: ${fault}`);
    const domain = name.slice(at + 1);
    if (!this.#domains.has(domain))
      throw new AccountError('not-local', `${domain} is not one of the domains of the configuration`);
    return name;
  }

  #checkPassword(password: string): void {
    const fault = passwordFault(password, this.#settings.accounts);
    if (fault !== undefined) throw new AccountError('bad-password', fault);
  }
}

/** RFC 5321 §4.5.3.1.1: what we give out ourselves keeps to the 64 octets, so that all the world can write to it. */
const MAX_OWN_LOCAL = 64;

/** Accounts name folders and are typed by people: no signs that need quoting, no separator of sub-addresses. */
function localPartFault(local: string, separator: string): string | undefined {
  if (Buffer.byteLength(local) > MAX_OWN_LOCAL)
    return `the part before @ is longer than ${MAX_OWN_LOCAL} bytes`;
  if (!/^[\p{L}\p{N}\p{M}_=-]+(?:[.+'&][\p{L}\p{N}\p{M}_=-]+)*$/u.test(local))
    return "the part before @ may have letters, digits, - _ = and, between them, single . + ' &";
  if (separator !== '' && local.includes(separator)) return `"${separator}" begins a sub-address`;
  return undefined;
}

const publicPart = ({ address, aliases, created }: StoredAccount): Account => ({ address, aliases, created });
