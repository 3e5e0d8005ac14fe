import { canonicalMailbox } from '../mailbox-name.ts';
import type { QuotaAccess, QuotaResource, QuotaRoot } from '../mail/types.ts';
import type { Lookup, UserContext } from '../mail/user-context.ts';
import { StoreError } from '../types.ts';
import { type Limits, type Root, rootName } from './quota.ts';

/** RFC 9208 §5: the resource of each limit, and the octets or things in one of its units. */
const RESOURCES: Readonly<Record<QuotaResource, { readonly kind: keyof Limits; readonly unit: number }>> = {
  STORAGE: { kind: 'storage', unit: 1024 },
  MESSAGE: { kind: 'messages', unit: 1 },
  MAILBOX: { kind: 'mailboxes', unit: 1 },
  'ANNOTATION-STORAGE': { kind: 'annotations', unit: 1024 },
};

/** Quota roots as one user may read them, and an administrator set them. */
export function quotaAccess(context: UserContext, user: Lookup): QuotaAccess {
  const { quota, settings } = context;

  /** `account` or `account/mailbox`; an address may hold a slash, so the longest account that there is counts. */
  const rootOf = async (name: string): Promise<{ account: string; mailbox?: string }> => {
    const levels = name.normalize('NFC').split('/');
    for (let count = Math.min(levels.length, settings.maxDepth); count > 0; count--) {
      const account = levels.slice(0, count).join('/').toLowerCase();
      if (account === '') continue;
      const known =
        account === user.who.account ||
        (user.who.administrator &&
          (account === settings.namespaces.publicAccount || (await context.exists(account))));
      if (!known) continue;
      const rest = levels.slice(count).join('/');
      return rest === '' ? { account } : { account, mailbox: canonicalMailbox(rest, settings) };
    }
    throw new StoreError('not-found', `there is no quota root ${name.slice(0, 200)}`);
  };
  const shown = async (root: Root): Promise<QuotaRoot> => {
    if (Object.keys(root.limits).length === 0) return { name: rootName(root), resources: [] };
    const used = await quota.usage(root);
    const resources = Object.entries(RESOURCES).flatMap(([resource, { kind, unit }]) => {
      const limit = root.limits[kind];
      if (limit === undefined) return [];
      // What is used is rounded up and what may be used down: a client never thinks there is room where there is none.
      const usage = Math.ceil(used[kind] / unit);
      return [{ resource: resource as QuotaResource, usage, limit: Math.floor(limit / unit) }];
    });
    return { name: rootName(root), resources };
  };
  const found = async ({ account, mailbox }: { account: string; mailbox?: string }): Promise<Root> => {
    const root = (await quota.roots(account, mailbox)).find((one) => one.mailbox === mailbox);
    if (root === undefined) throw new StoreError('not-found', `${mailbox} has no limits of its own`);
    return root;
  };

  return {
    async roots(name) {
      const { mailbox } = await user.need(name, 'quota-root');
      return Promise.all((await quota.roots(mailbox.account, mailbox.name)).map(shown));
    },
    get: async (name) => shown(await found(await rootOf(name))),
    async set(name, limits) {
      if (!user.who.administrator) throw new StoreError('denied', 'only administrators set quotas');
      const place = await rootOf(name);
      const wanted: Limits = {};
      for (const { resource, limit } of limits) {
        const { kind, unit } = RESOURCES[resource];
        wanted[kind] = Math.min(limit * unit, Number.MAX_SAFE_INTEGER);
      }
      // What is not named has no limit any more (RFC 9208 §4.1.3); a mailbox without any is no root.
      const none = place.mailbox !== undefined && limits.length === 0;
      await quota.set(place.account, place.mailbox, none ? undefined : wanted);
      return none ? { name: rootName(place), resources: [] } : shown(await found(place));
    },
  };
}
