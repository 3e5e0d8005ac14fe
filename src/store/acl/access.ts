import type { AclAccess, Right } from '../mail/types.ts';
import type { Found, Lookup, UserContext } from '../mail/user-context.ts';
import { StoreError } from '../types.ts';
import {
  type Acl,
  canonicalIdentifier,
  changeEntry,
  entryOf,
  grantees,
  OWNER_ALWAYS,
  withoutEntry,
} from './acl.ts';
import { formatRights, parseRights, RIGHTS, withObsoleteRights } from './rights.ts';

/** Lists of rights as one user may read and change them (RFC 4314 §3). */
export function aclAccess(context: UserContext, user: Lookup): AclAccess {
  const identifierOf = (text: string, { owner }: Found): string => {
    const identifier = canonicalIdentifier(text, owner);
    if (identifier === undefined)
      throw new StoreError('invalid-name', `${JSON.stringify(text.slice(0, 100))} is no identifier`);
    return identifier;
  };
  const change = async (
    found: Found,
    identifier: string,
    next: (acl: Acl | undefined) => Acl,
  ): Promise<void> => {
    const { account, name } = found.mailbox;
    // Before the list says so: whoever is granted something must find it.
    await context.shares.add(account, identifier.startsWith('-') ? [] : [identifier]);
    const { acl } = await context.facts.update({ account, mailbox: name }, (facts) => {
      const changed = next(facts.acl);
      if (Object.keys(changed).length > context.settings.maxAclEntries)
        throw new StoreError(
          'limit',
          `a list of rights has at most ${context.settings.maxAclEntries} entries`,
        );
      return { ...facts, acl: changed };
    });
    if (!grantees(acl).includes(identifier)) await context.relistShares(account);
    const rights = entryOf(acl, identifier);
    context.log.info({ account, mailbox: name, identifier, rights, by: user.who.account }, 'rights changed');
    context.emit({ kind: 'acl', account, mailbox: name });
  };

  return {
    async get(name) {
      const { facts, owner } = await user.need(name, 'acl');
      return entriesOf(facts.acl, owner).map(([identifier, rights]) => ({
        identifier,
        rights: withObsoleteRights(rights),
      }));
    },
    async set(name, identifier, mode, rights) {
      const parsed = parseRights(rights);
      if (parsed === undefined)
        throw new StoreError('invalid-name', `"${rights.slice(0, 100)}" are no rights`);
      const found = await user.need(name, 'acl');
      const canonical = identifierOf(identifier, found);
      await change(found, canonical, (acl) => changeEntry(acl, canonical, mode, parsed, found.owner));
    },
    async delete(name, identifier) {
      const found = await user.need(name, 'acl');
      const canonical = identifierOf(identifier, found);
      if (entryOf(found.facts.acl, canonical) === undefined) return;
      await change(found, canonical, (acl) => withoutEntry(acl, canonical));
    },
    async listRights(name, identifier) {
      const found = await user.need(name, 'acl');
      const always = identifierOf(identifier, found) === found.owner ? OWNER_ALWAYS : new Set<Right>();
      const optional = RIGHTS.filter((right) => !always.has(right));
      // The members of `c` and `d` are not tied to others, so these stand by themselves (RFC 4314 §2.1.1).
      return { required: formatRights(always), optional: [...optional, 'c', 'd'] };
    },
    async myRights(name) {
      return withObsoleteRights((await user.need(name, 'my-rights')).rights);
    },
  };
}

/** The owner first, with the rights he has while nobody has limited them; then the others by name. */
function entriesOf(acl: Acl | undefined, owner: string | undefined): [string, ReadonlySet<Right>][] {
  const others = Object.keys(acl ?? {}).filter((identifier) => identifier !== owner);
  const entries = others
    .sort()
    .map((identifier): [string, ReadonlySet<Right>] => [
      identifier,
      parseRights(entryOf(acl, identifier) ?? '') ?? new Set(),
    ]);
  if (owner === undefined) return entries;
  const own = entryOf(acl, owner);
  const rights =
    own === undefined ? new Set(RIGHTS) : new Set([...(parseRights(own) ?? []), ...OWNER_ALWAYS]);
  return [[owner, rights], ...entries];
}
