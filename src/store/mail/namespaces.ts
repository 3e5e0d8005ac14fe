import { canonicalMailbox, type MailboxNameLimits } from '../mailbox-name.ts';
import type { NamespaceSettings } from '../settings.ts';
import { StoreError } from '../types.ts';
import type { MailUser } from './types.ts';

/** What a user's name for a mailbox means. */
export type Place =
  | { readonly kind: 'personal' | 'others' | 'public'; readonly account: string; readonly mailbox: string }
  /** A level that holds accounts or mailboxes and can be none itself: `Other Users`, `Other Users/anna@example.org`. */
  | { readonly kind: 'level' };

/** Names of mailboxes as one user writes them, and back. */
export interface Namespaces {
  readonly shown: MailUser['namespaces'];
  /** Throws `invalid-name`. */
  place(name: string): Place;
  nameOf(account: string, mailbox: string): string;
  /** Whether a personal mailbox on the disk lies where a namespace is, and so cannot be reached. */
  hidden(mailbox: string): boolean;
}

/** Names longer than this are not looked at: the longest address, a prefix and a mailbox's name fit. */
const MAX_NAME = 2000;

export function namespacesOf(
  account: string,
  settings: NamespaceSettings,
  limits: MailboxNameLimits,
): Namespaces {
  const { others, public: shared, publicAccount } = settings;
  const levels = [others, shared].map((prefix) => prefix.slice(0, -1));
  const isLevel = (name: string): boolean => levels.includes(name);
  return {
    shown: {
      personal: [{ prefix: '', delimiter: '/' }],
      others: [{ prefix: others, delimiter: '/' }],
      shared: [{ prefix: shared, delimiter: '/' }],
    },
    place(name) {
      if (name.length > MAX_NAME) throw new StoreError('invalid-name', 'a name is too long');
      if (isLevel(name)) return { kind: 'level' };
      if (name.startsWith(shared)) {
        const mailbox = canonicalMailbox(name.slice(shared.length), limits);
        return { kind: 'public', account: publicAccount, mailbox };
      }
      if (!name.startsWith(others))
        return { kind: 'personal', account, mailbox: canonicalMailbox(name, limits) };
      const [level = '', ...rest] = name.slice(others.length).split('/');
      const owner = accountOfLevel(level);
      if (rest.length === 0) return { kind: 'level' };
      const mailbox = canonicalMailbox(rest.join('/'), limits);
      // What is one's own, and what is public, has its own name.
      if (owner === account || owner === publicAccount)
        throw new StoreError('invalid-name', `${others}${level} is not the mail of another user`);
      return { kind: 'others', account: owner, mailbox };
    },
    nameOf(owner, mailbox) {
      if (owner === account) return mailbox;
      return owner === publicAccount ? shared + mailbox : `${others}${levelOfAccount(owner)}/${mailbox}`;
    },
    hidden: (mailbox) => isLevel(mailbox) || mailbox.startsWith(others) || mailbox.startsWith(shared),
  };
}

/** An account as one level of a name: a slash, which an address may hold, would divide it. */
export const levelOfAccount = (account: string): string =>
  account.replace(/[%/]/g, (char) => (char === '/' ? '%2F' : '%25'));

/** Throws `invalid-name`. */
export function accountOfLevel(level: string): string {
  const account = level
    .replace(/%(2f|25)/gi, (_, code: string) => (code === '25' ? '%' : '/'))
    .normalize('NFC')
    .toLowerCase();
  if (account === '' || !account.isWellFormed() || /[\p{Cc}\u2028\u2029]/u.test(account))
    throw new StoreError('invalid-name', `${JSON.stringify(level.slice(0, 100))} is no account`);
  return account;
}
