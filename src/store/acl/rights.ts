import type { Right } from '../mail/types.ts';

/** RFC 4314 §2.1, in the order in which they are written everywhere. */
export const RIGHTS: readonly Right[] = ['l', 'r', 's', 'w', 'i', 'p', 'k', 'x', 't', 'e', 'a'];

const KNOWN: ReadonlySet<string> = new Set(RIGHTS);

/**
 * The rights of RFC 2086 that stand for several (RFC 4314 §2.1.1). "Create" includes deleting mailboxes here, as in Dovecot
 * and Cyrus, so that both clients' habits work.
 */
const VIRTUAL = { c: ['k', 'x'], d: ['t', 'e'] } as const satisfies Record<string, readonly Right[]>;

/** The rights of a text such as `lrswi`, `c` and `d` as what they stand for; undefined when a letter is no right. */
export function parseRights(text: string): ReadonlySet<Right> | undefined {
  const rights = new Set<Right>();
  for (const letter of text) {
    if (letter === 'c' || letter === 'd') for (const right of VIRTUAL[letter]) rights.add(right);
    else if (isRight(letter)) rights.add(letter);
    else return undefined;
  }
  return rights;
}

const isRight = (letter: string): letter is Right => KNOWN.has(letter);

/** As they are kept: in the order `lrswipkxtea`. */
export function formatRights(rights: ReadonlySet<Right>): string {
  return RIGHTS.filter((right) => rights.has(right)).join('');
}

/** As clients are told: with `c` and `d` after them where one of their members is there (RFC 4314 §2.1.1). */
export function withObsoleteRights(rights: ReadonlySet<Right>): string {
  const virtual = Object.entries(VIRTUAL).filter(([, members]) => members.some((right) => rights.has(right)));
  return formatRights(rights) + virtual.map(([letter]) => letter).join('');
}
