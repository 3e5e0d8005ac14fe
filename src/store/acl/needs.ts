import type { Right } from '../mail/types.ts';

/**
 * The rights each operation needs (RFC 4314 §4): all of them, unless `any` is true. Where a mailbox does not have them the
 * operation is refused, and where its user lacks `l` as well the answer is that of a mailbox that is not there
 * (RFC 4314 §6).
 */
export const NEEDS = {
  list: { rights: ['l'] },
  /** On the nearest parent there is. */
  create: { rights: ['k'] },
  delete: { rights: ['x'] },
  /** On the mailbox; its new parent needs what `create` needs. */
  rename: { rights: ['x'] },
  'my-rights': { rights: ['l', 'r', 'i', 'k', 'x', 'a'], any: true },
  acl: { rights: ['a'] },
  'quota-root': { rights: ['l', 'r', 'i', 'k', 'x', 'a'], any: true },
  /** RFC 5464 §3.3: `l` comes on top. */
  'private-metadata': { rights: ['r', 's', 'w', 'i', 'p'], any: true },
  'read-shared-metadata': { rights: ['r', 's', 'w', 'i', 'p'], any: true },
  /** Others see it: who may only read changes nothing for them. */
  'write-shared-metadata': { rights: ['w'] },
} as const satisfies Record<string, { readonly rights: readonly Right[]; readonly any?: boolean }>;

export type Operation = keyof typeof NEEDS;

/** Whether these rights are enough for an operation. */
export function may(operation: Operation, rights: ReadonlySet<Right>): boolean {
  const need: { readonly rights: readonly Right[]; readonly any?: boolean } = NEEDS[operation];
  return need.any === true
    ? need.rights.some((right) => rights.has(right))
    : need.rights.every((right) => rights.has(right));
}
