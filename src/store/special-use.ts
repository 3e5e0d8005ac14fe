import type { SpecialUse } from './settings.ts';
import { StoreError } from './types.ts';

/** Attributes are compared without regard to case (RFC 3501 §7.2.2). */
export const isSameUse = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/**
 * The special uses (RFC 6154 §2) of an account's mailboxes by their names. Those that mailboxes were given count; an
 * attribute nobody was given belongs to the first mailbox that has one of its usual names, so that no two have it by name.
 */
export function specialUses(
  mailboxes: readonly { readonly name: string; readonly given: readonly string[] }[],
  usual: readonly SpecialUse[],
): ReadonlyMap<string, readonly string[]> {
  const uses = new Map<string, readonly string[]>();
  const names = new Set(mailboxes.map(({ name }) => name));
  for (const { name, given } of mailboxes) if (given.length > 0) uses.set(name, given);
  for (const use of usual) {
    if (mailboxes.some(({ given }) => given.some((attribute) => isSameUse(attribute, use.attribute))))
      continue;
    const name = usualNames(use).find((candidate) => names.has(candidate));
    if (name !== undefined) uses.set(name, [...(uses.get(name) ?? []), use.attribute]);
  }
  return uses;
}

/** The names by which a mailbox has this use: the first is the preferred one. */
export const usualNames = (use: SpecialUse): readonly string[] => [use.mailbox, ...(use.names ?? [])];

/**
 * The attribute that a mailbox gets which is made under one of the usual names, when no mailbox has it: a program that
 * makes `Entwürfe` without saying what for must not let another make `Drafts` beside it.
 */
export function impliedUse(
  name: string,
  present: ReadonlyMap<string, readonly string[]>,
  usual: readonly SpecialUse[],
): string | undefined {
  const use = usual.find((candidate) => usualNames(candidate).some((known) => isSameUse(known, name)));
  return use !== undefined && !isTaken(use.attribute, present) ? use.attribute : undefined;
}

export const isTaken = (attribute: string, present: ReadonlyMap<string, readonly string[]>): boolean =>
  [...present.values()].some((attributes) => attributes.some((one) => isSameUse(one, attribute)));

/** A mailbox cannot have the special use that was asked for it (RFC 6154 §3: `USEATTR`). */
export class UseError extends StoreError {
  constructor(message: string) {
    super('in-use', message);
  }
}
