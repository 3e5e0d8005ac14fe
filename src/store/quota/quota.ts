import type { Log } from '../../log.ts';
import type { FactsStore } from '../facts-store.ts';
import { parentMailboxes } from '../mailbox-name.ts';
import type { MailboxFacts } from '../mailbox-facts.ts';
import type { MailAccount, MailEvent } from '../mail/types.ts';
import { octetsOf } from '../metadata/values.ts';
import type { QuotaSettings } from '../settings.ts';
import { StoreError } from '../types.ts';

/** Octets and counts; what is not there has no limit. */
export type Limits = NonNullable<MailboxFacts['quota']>;

/** The limits of an account, or of a mailbox with all below it. Whoever writes there, they are its owner's. */
export interface Root {
  readonly account: string;
  /** Undefined for the whole account. */
  readonly mailbox?: string;
  readonly limits: Limits;
}

export interface Usage {
  readonly storage: number;
  readonly messages: number;
  readonly mailboxes: number;
  readonly annotations: number;
}

/** A mailbox. */
interface Place {
  readonly account: string;
  readonly name: string;
}

export interface Adding {
  readonly messages: number;
  readonly octets: number;
}

/** Limits of accounts and mailboxes (RFC 9208), and what is used of them. */
export interface Quota {
  /**
   * Runs before messages come into a mailbox. Rejects with `over-quota`; may let a little more in when several write at once.
   * `leaving`: the mailbox they go from, so that what counts both is not looked at.
   */
  check(mailbox: Place, adding: Adding, leaving?: Place): Promise<void>;
  /** Before so many mailboxes are made in an account. */
  checkMailboxes(account: MailAccount, adding: number): Promise<void>;
  /** Before an account's annotations grow by so many octets. */
  checkAnnotations(account: string, adding: number): Promise<void>;
  /** The account's, and those of the mailbox and of the mailboxes above it that have limits of their own. */
  roots(account: string, mailbox?: string): Promise<readonly Root[]>;
  usage(root: Root): Promise<Usage>;
  /**
   * Gives an account, or a mailbox of it, limits of its own in place of all it had; undefined: none of its own, so that an
   * account has those of the settings. Rejects with `not-found` when there is no such mailbox.
   */
  set(account: string, mailbox: string | undefined, limits: Limits | undefined): Promise<void>;
}

export interface QuotaOptions {
  readonly settings: QuotaSettings;
  readonly facts: FactsStore;
  readonly account: (account: string) => Promise<MailAccount>;
  readonly log: Log;
  readonly emit: (event: MailEvent) => void;
}

/** Share of a limit from which on the log says that an account will soon be full. */
const NEARLY_FULL = 0.95;

const UNITS = {
  storage: 'octets of mail',
  messages: 'messages',
  mailboxes: 'mailboxes',
  annotations: 'octets of annotations',
} as const;

export function createQuota({ settings, facts, account: open, log, emit }: QuotaOptions): Quota {
  const roots = async (account: string, mailbox?: string): Promise<readonly Root[]> => {
    const { quota } = await facts.read({ account });
    const found: Root[] = [{ account, limits: quota ?? defaultLimits(settings) }];
    for (const name of mailbox === undefined ? [] : [...parentMailboxes(mailbox), mailbox]) {
      const { quota: limits } = await facts.read({ account, mailbox: name });
      if (limits !== undefined) found.push({ account, mailbox: name, limits });
    }
    return found;
  };

  /** Of what mail comes into, two sums of the index; for each message the mailboxes are not looked at one by one. */
  const mailUsage = async (root: Root): Promise<Usage> => {
    const { messages, size: storage } = (await open(root.account)).usage(root.mailbox);
    return { storage, messages, mailboxes: 0, annotations: 0 };
  };
  const usage = async (root: Root): Promise<Usage> => {
    const account = await open(root.account);
    const mailboxes = (await account.mailboxes()).filter(({ name }) => isBelow(name, root.mailbox));
    const { messages, size: storage } = account.usage(root.mailbox);
    let annotations = 0;
    if (root.limits.annotations !== undefined) {
      for (const { name } of mailboxes)
        annotations += octetsOf(await facts.read({ account: root.account, mailbox: name }));
      if (root.mailbox === undefined) annotations += octetsOf(await facts.read({ account: root.account }));
    }
    return { storage, messages, mailboxes: mailboxes.length, annotations };
  };

  const check = async (root: Root, adding: Partial<Usage>): Promise<void> => {
    const kinds = (['storage', 'messages', 'mailboxes', 'annotations'] as const).filter(
      (kind) => root.limits[kind] !== undefined && (adding[kind] ?? 0) > 0,
    );
    if (kinds.length === 0) return;
    const ofMail = kinds.every((kind) => kind === 'storage' || kind === 'messages');
    const used = await (ofMail ? mailUsage(root) : usage(root));
    for (const kind of kinds) {
      const limit = root.limits[kind] ?? Infinity;
      const after = used[kind] + (adding[kind] ?? 0);
      const fields = { account: root.account, mailbox: root.mailbox, kind, used: used[kind], limit };
      if (after > limit) {
        log.info(fields, 'over quota');
        throw new StoreError(
          'over-quota',
          `${rootName(root)} may have ${limit} ${UNITS[kind]}, and has ${used[kind]}`,
        );
      }
      if (after >= limit * NEARLY_FULL && used[kind] < limit * NEARLY_FULL) {
        log.warn({ ...fields, used: after }, 'nearly at the quota');
        emit({ kind: 'quota', account: root.account });
      }
    }
  };

  return {
    roots,
    usage,
    async set(account, mailbox, limits) {
      const opened = await open(account);
      if (mailbox !== undefined && (await opened.mailbox(mailbox)) === undefined)
        throw new StoreError('not-found', `there is no mailbox ${mailbox}`);
      const place = mailbox === undefined ? { account } : { account, mailbox };
      await facts.update(place, (before) => {
        const after = { ...before, quota: limits };
        if (limits === undefined) delete after.quota;
        return after;
      });
      log.info({ ...place, limits: limits ?? 'default' }, 'quota changed');
      emit({ kind: 'quota', account });
    },
    async check({ account, name }, { messages, octets }, leaving) {
      for (const root of await roots(account, name))
        if (leaving?.account !== account || !isBelow(leaving.name, root.mailbox))
          await check(root, { messages, storage: octets });
    },
    async checkMailboxes({ account }, adding) {
      for (const root of await roots(account)) await check(root, { mailboxes: adding });
    },
    async checkAnnotations(account, adding) {
      for (const root of await roots(account)) await check(root, { annotations: adding });
    },
  };
}

const isBelow = (name: string, top: string | undefined): boolean =>
  top === undefined || name === top || name.startsWith(`${top}/`);

/** 0 in the settings is no limit; 0 that an administrator gave an account is none at all. */
export function defaultLimits(settings: QuotaSettings): Limits {
  return Object.fromEntries(Object.entries(settings).filter(([, limit]) => limit !== 0));
}

/** The name of a quota root: the account, or the account and the mailbox. */
export const rootName = ({ account, mailbox }: Pick<Root, 'account' | 'mailbox'>): string =>
  mailbox === undefined ? account : `${account}/${mailbox}`;
