import { type Operation } from '../acl/needs.ts';
import type { FactsPlace } from '../facts-store.ts';
import type { MailboxFacts } from '../mailbox-facts.ts';
import type { MetadataAccess } from '../mail/types.ts';
import type { Found, Lookup, UserContext } from '../mail/user-context.ts';
import { StoreError } from '../types.ts';
import { canonicalEntry, isPrivate, isWithin, MetadataError } from './entries.ts';
import { foreignValues, type Values, valuesOf, withForeignValues, withValues } from './values.ts';

/** Where the values of one scope of a mailbox are kept. */
interface Kept {
  readonly place: FactsPlace;
  readonly values: (facts: MailboxFacts) => Map<string, Uint8Array>;
  readonly put: (facts: MailboxFacts, values: Values) => MailboxFacts;
  /** Whose quota it is; undefined for what belongs to the server. */
  readonly account: string | undefined;
}

const OWN = { values: valuesOf, put: withValues } as const;

/** RFC 6154 §4: the special uses of one's own mailbox, as an annotation. */
const SPECIAL_USE = '/private/specialuse';

const usesOf = (value: Uint8Array | undefined): string[] => [
  ...new Set(
    Buffer.from(value ?? [])
      .toString('latin1')
      .split(' ')
      .filter((attribute) => attribute !== ''),
  ),
];

/** One's own mailbox: its uses are kept where CREATE puts them. */
const OWN_MAILBOX = {
  values: (facts: MailboxFacts): Map<string, Uint8Array> => {
    const values = valuesOf(facts);
    values.delete(SPECIAL_USE);
    if (facts.specialUse.length > 0) values.set(SPECIAL_USE, Buffer.from(facts.specialUse.join(' ')));
    return values;
  },
  put: (facts: MailboxFacts, values: Values): MailboxFacts => {
    const { [SPECIAL_USE]: uses, ...rest } = Object.fromEntries(values);
    return { ...withValues(facts, new Map(Object.entries(rest))), specialUse: usesOf(uses) };
  },
} as const;

/** Annotations (RFC 5464) as one user may read and change them. */
export function metadataAccess(context: UserContext, user: Lookup): MetadataAccess {
  const { maxEntries, maxValueBytes } = context.settings.metadata;

  const find = async (mailbox: string, operation: Operation): Promise<Found> => {
    const found = await user.need(mailbox, operation);
    // RFC 5464 §3.3 wants `l` on top of what the operation needs.
    if (!found.rights.has('l')) throw new StoreError('not-found', `there is no mailbox ${mailbox}`);
    return found;
  };
  /** Private ones are kept with the user, shared ones with the mailbox. */
  const keptOf = async (mailbox: string, ofUser: boolean, writes: boolean): Promise<Kept> => {
    if (mailbox === '') {
      if (ofUser) return { place: { account: user.who.account }, account: user.who.account, ...OWN };
      if (writes && !user.who.administrator)
        throw new StoreError('denied', 'only administrators annotate the server');
      return { place: 'server', account: undefined, ...OWN };
    }
    const shared = writes ? 'write-shared-metadata' : 'read-shared-metadata';
    const found = await find(mailbox, ofUser ? 'private-metadata' : shared);
    const { account, name, mailboxId } = found.mailbox;
    if (!ofUser || found.owner === user.who.account)
      return {
        place: { account, mailbox: name },
        account,
        ...(found.owner === user.who.account ? OWN_MAILBOX : OWN),
      };
    const key = `${account}/${mailboxId}`;
    return {
      place: { account: user.who.account },
      account: user.who.account,
      values: (facts) => foreignValues(facts, key),
      put: (facts, values) => withForeignValues(facts, key, values),
    };
  };

  /** Also those that a mailbox has by its name. */
  const putUses = async (mailbox: string, present: Map<string, Uint8Array>): Promise<void> => {
    const found = mailbox === '' ? undefined : await user.find(mailbox);
    if (found?.owner !== user.who.account) return;
    const uses = await user.uses(found);
    if (uses.length > 0) present.set(SPECIAL_USE, Buffer.from(uses.join(' ')));
  };

  return {
    async get(mailbox, entries, { depth = 0 } = {}) {
      const asked = entries.map((name) => ({
        name,
        entry: canonicalEntry(name, { scopeAlone: true }),
      }));
      const found = new Map<string, { entry: string; value: Uint8Array | null }>();
      for (const ofUser of [true, false]) {
        const wanted = asked.filter(({ entry }) => isPrivate(entry) === ofUser);
        if (wanted.length === 0) continue;
        const { place, values } = await keptOf(mailbox, ofUser, false);
        const present = values(await context.facts.read(place));
        if (ofUser && wanted.some(({ entry }) => isWithin(SPECIAL_USE, entry, depth)))
          await putUses(mailbox, present);
        for (const { name, entry } of wanted) {
          // What is not there has no value, and is answered where it was asked for by its name.
          if (depth === 0) found.set(entry, { entry: name, value: present.get(entry) ?? null });
          else
            for (const [key, value] of present)
              if (isPrivate(key) === ofUser && isWithin(key, entry, depth))
                found.set(key, { entry: key === entry ? name : key, value });
        }
      }
      return [...found.values()];
    },

    async set(mailbox, values) {
      const changes = values.map(({ entry, value }) => ({ entry: canonicalEntry(entry), value }));
      const uses = mailbox === '' ? undefined : changes.findLast(({ entry }) => entry === SPECIAL_USE);
      if (uses !== undefined) {
        const asked = await user.checkedUses(
          await find(mailbox, 'private-metadata'),
          usesOf(uses.value ?? undefined),
        );
        uses.value = asked.length === 0 ? null : Buffer.from(asked.join(' '));
      }
      for (const { value } of changes)
        if ((value?.length ?? 0) > maxValueBytes) throw new MetadataError('max-size', maxValueBytes);
      const scopes = [true, false].flatMap((ofUser) => {
        const ofScope = changes.filter(({ entry }) => isPrivate(entry) === ofUser);
        return ofScope.length === 0 ? [] : [{ ofUser, ofScope }];
      });
      // All or none (RFC 5464 §4.3): what may not be written is found before anything is.
      const kept = await Promise.all(scopes.map(({ ofUser }) => keptOf(mailbox, ofUser, true)));
      const plan = scopes.map(({ ofScope }, index) => ({ ofScope, kept: kept[index] as Kept }));
      for (const { ofScope, kept: where } of plan) {
        const before = where.values(await context.facts.read(where.place));
        const after = changed(before, ofScope);
        if (after.size > before.size && after.size > maxEntries)
          throw new MetadataError('too-many', maxEntries);
        const growth = octets(after) - octets(before);
        if (where.account !== undefined && growth > 0)
          await context.quota.checkAnnotations(where.account, growth);
      }
      for (const [place, parts] of grouped(plan))
        await context.facts.update(place, (facts) =>
          parts.reduce(
            (next, { ofScope, kept: where }) => where.put(next, changed(where.values(next), ofScope)),
            facts,
          ),
        );
      if (uses !== undefined) await (await context.account(user.who.account)).usesChanged();
      const event = {
        kind: 'metadata',
        entries: changes.map(({ entry }) => entry),
        by: user.who.account,
      } as const;
      if (mailbox === '') context.emit({ ...event, account: user.who.account });
      else {
        const found = await user.find(mailbox);
        if (found !== undefined)
          context.emit({ ...event, account: found.mailbox.account, mailbox: found.mailbox.name });
      }
    },
  };
}

interface Part {
  readonly ofScope: readonly { readonly entry: string; readonly value: Uint8Array | null }[];
  readonly kept: Kept;
}

/** By the file they are kept in: one of the owner's mailbox holds both scopes, and is written once. */
function grouped(parts: readonly Part[]): Map<FactsPlace, Part[]> {
  const groups = new Map<string, [FactsPlace, Part[]]>();
  for (const part of parts) {
    const key = JSON.stringify(part.kept.place);
    const group = groups.get(key) ?? [part.kept.place, []];
    group[1].push(part);
    groups.set(key, group);
  }
  return new Map(groups.values());
}

function changed(before: Values, changes: Part['ofScope']): Map<string, Uint8Array> {
  const after = new Map(before);
  for (const { entry, value } of changes)
    if (value === null) after.delete(entry);
    else after.set(entry, value);
  return after;
}

const octets = (values: Values): number => [...values.values()].reduce((sum, { length }) => sum + length, 0);
