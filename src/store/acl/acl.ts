import type { Right } from '../mail/types.ts';
import { formatRights, parseRights, RIGHTS } from './rights.ts';

/** Who asks: the identifiers that mean him (RFC 4314 §2). */
export interface Principal {
  readonly account: string;
  /** Sees which mailboxes there are, makes, deletes and shares them; reads mail only where he is granted it. */
  readonly administrator: boolean;
  /** His account, `anyone`, and `$group` for each group he is in. */
  readonly identifiers: ReadonlySet<string>;
}

/** Rights by identifier, `-` before it for rights taken away, as kept: in the order `lrswipkxtea`. */
export type Acl = Readonly<Record<string, string>>;

export const ANYONE = 'anyone';

/** What nobody can take from the owner: with these he can repair the rest (RFC 4314 §3.7). */
export const OWNER_ALWAYS: ReadonlySet<Right> = new Set<Right>(['l', 'a']);
/** What an administrator needs to manage mailboxes; he may grant himself the others, which then can be seen. */
const ADMINISTRATOR: readonly Right[] = ['l', 'k', 'x', 'a'];

/**
 * What somebody may do in a mailbox. The owner has every right unless the list has an entry for him; whoever else has what
 * his identifiers are granted, less what the identifiers with `-` take away (RFC 4314 §2).
 */
export function effectiveRights(
  acl: Acl | undefined,
  owner: string | undefined,
  who: Principal,
): ReadonlySet<Right> {
  const rights = new Set<Right>();
  const owns = owner !== undefined && owner === who.account;
  const add = (more: Iterable<Right>): void => {
    for (const right of more) rights.add(right);
  };
  if (owns && entryOf(acl, owner) === undefined) add(RIGHTS);
  for (const identifier of who.identifiers) add(parseRights(entryOf(acl, identifier) ?? '') ?? []);
  for (const identifier of who.identifiers)
    for (const right of parseRights(entryOf(acl, `-${identifier}`) ?? '') ?? []) rights.delete(right);
  if (owns) add(OWNER_ALWAYS);
  if (who.administrator) add(ADMINISTRATOR);
  return rights;
}

/** Entries are a client's words: one called `constructor` must not be found in the prototype. */
export const entryOf = (acl: Acl | undefined, identifier: string): string | undefined =>
  acl !== undefined && Object.hasOwn(acl, identifier) ? acl[identifier] : undefined;

/** The list with another entry; without it when no right is left, unless that is what its owner has been left. */
export function changeEntry(
  acl: Acl | undefined,
  identifier: string,
  mode: 'replace' | 'add' | 'remove',
  rights: ReadonlySet<Right>,
  owner: string | undefined,
): Acl {
  const before = entryOf(acl, identifier) ?? (identifier === owner ? formatRights(new Set(RIGHTS)) : '');
  const had = parseRights(before) ?? new Set<Right>();
  const now = new Set<Right>(mode === 'replace' ? rights : had);
  for (const right of rights)
    if (mode === 'add') now.add(right);
    else if (mode === 'remove') now.delete(right);
  const text = formatRights(now);
  return text === '' && identifier !== owner
    ? withoutEntry(acl, identifier)
    : Object.fromEntries([...Object.entries(withoutEntry(acl, identifier)), [identifier, text]]);
}

export const withoutEntry = (acl: Acl | undefined, identifier: string): Acl =>
  Object.fromEntries(Object.entries(acl ?? {}).filter(([name]) => name !== identifier));

/** Identifiers who are granted something: those under whom a share must be found. */
export const grantees = (acl: Acl | undefined): string[] =>
  Object.entries(acl ?? {})
    .filter(([identifier, rights]) => !identifier.startsWith('-') && rights !== '')
    .map(([identifier]) => identifier);

/** Octets of an identifier: an address, or `$` and the name of a group. */
const MAX_IDENTIFIER = 320;

/**
 * An identifier as it is kept: NFC, lower case, `owner` as the owner's address (RFC 4314 §3). Undefined for what can be
 * none: empty, with control characters or blanks, or `owner` where a mailbox has none.
 */
export function canonicalIdentifier(text: string, owner: string | undefined): string | undefined {
  const negative = text.startsWith('-');
  const name = (negative ? text.slice(1) : text).normalize('NFC').toLowerCase();
  if (name === '' || name.startsWith('-') || !name.isWellFormed()) return undefined;
  if (Buffer.byteLength(name) > MAX_IDENTIFIER || /[\p{C}\p{Z}]/u.test(name)) return undefined;
  const meant = name === 'owner' ? owner : name;
  return meant === undefined ? undefined : negative ? `-${meant}` : meant;
}
