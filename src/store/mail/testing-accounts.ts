import { existsSync, mkdirSync, readdirSync, rmSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { accountFolder } from '../account-folder.ts';
import { INBOX, mailboxFolder, parentMailboxes } from '../mailbox-name.ts';
import { StoreError } from '../types.ts';
import type { MailAccount, Mailbox, MailboxStatus, MailEvent } from './types.ts';

/** For tests of what users see: accounts whose mailboxes are folders, with as many messages as a test says. */
export class FakeAccounts {
  readonly folder: string;
  /** `account/mailbox` → messages and octets. */
  readonly used = new Map<string, { messages: number; octets: number }>();
  readonly #accounts = new Map<string, FakeAccount>();

  constructor(folder: string) {
    this.folder = folder;
  }

  readonly open = (account: string): Promise<MailAccount> => {
    const known = this.#accounts.get(account) ?? new FakeAccount(this, account);
    this.#accounts.set(account, known);
    return Promise.resolve(known);
  };
}

class FakeAccount implements MailAccount {
  readonly account: string;
  readonly #root: string;
  readonly #accounts: FakeAccounts;
  readonly #names = new Set<string>([INBOX]);
  readonly #subscribed = new Set<string>();
  readonly #listeners = new Set<(event: MailEvent) => void>();

  constructor(accounts: FakeAccounts, account: string) {
    this.#accounts = accounts;
    this.account = account;
    this.#root = join(accounts.folder, accountFolder(account), 'Maildir');
    mkdirSync(join(this.#root, 'tmp'), { recursive: true });
  }

  mailboxes(): Promise<readonly Mailbox[]> {
    return Promise.resolve([...this.#names].sort().map((name) => this.#mailbox(name)));
  }

  mailbox(name: string): Promise<Mailbox | undefined> {
    return Promise.resolve(this.#names.has(name) ? this.#mailbox(name) : undefined);
  }

  create(name: string): Promise<Mailbox> {
    if (this.#names.has(name)) return Promise.reject(new StoreError('exists', name));
    for (const level of [...parentMailboxes(name), name]) {
      mkdirSync(join(this.#root, mailboxFolder(level), 'tmp'), { recursive: true });
      this.#names.add(level);
    }
    this.emit({ kind: 'mailboxes', account: this.account, mailbox: name });
    return Promise.resolve(this.#mailbox(name));
  }

  delete(name: string): Promise<void> {
    if (name === INBOX) return Promise.reject(new StoreError('in-use', name));
    this.#names.delete(name);
    rmSync(join(this.#root, mailboxFolder(name)), { recursive: true });
    return Promise.resolve();
  }

  rename(from: string, to: string): Promise<void> {
    for (const name of [...this.#names].filter((one) => one === from || one.startsWith(`${from}/`))) {
      const next = to + name.slice(from.length);
      renameSync(join(this.#root, mailboxFolder(name)), join(this.#root, mailboxFolder(next)));
      this.#names.delete(name);
      this.#names.add(next);
    }
    return Promise.resolve();
  }

  subscriptions(): readonly string[] {
    return [...this.#subscribed];
  }

  subscribe(name: string, subscribed: boolean): Promise<boolean> {
    const had = this.#subscribed.has(name);
    if (subscribed) this.#subscribed.add(name);
    else this.#subscribed.delete(name);
    return Promise.resolve(had !== subscribed);
  }

  watch(listener: (event: MailEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: MailEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #mailbox(name: string): Mailbox {
    const used = this.#accounts.used.get(`${this.account}/${name}`) ?? { messages: 0, octets: 0 };
    const fake: Partial<Mailbox> = {
      account: this.account,
      name,
      mailboxId: `id-${name}`,
      selectable: true,
      specialUse: [],
      status: () => ({ messages: used.messages, size: used.octets }) as MailboxStatus,
    };
    return fake as Mailbox;
  }
}

/** The folders of accounts, for a test that nothing was made for a name that a client tried. */
export const foldersIn = (folder: string): string[] =>
  existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
