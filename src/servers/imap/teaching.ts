import type { FlagChange, Mailbox, Teaching } from '../../store/mail/types.ts';
import type { Session } from './types.ts';

/** What users teach by what they do with their mail. */
export interface TeachingSettings {
  /** Keywords that call a message spam, and those that call it ham; compared without case. */
  readonly spamKeywords: readonly string[];
  readonly hamKeywords: readonly string[];
}

/**
 * What is said of messages by putting them into a mailbox: that they are spam where it is the one for spam, and that they
 * are ham where they come out of that one, unless they are thrown away.
 */
export async function teachingOfArrival(
  session: Session,
  target: Mailbox,
  source?: Mailbox,
): Promise<Teaching> {
  const { store, teaching } = session.options;
  if (teaching === undefined) return {};
  const is = async ({ account, name, specialUse }: Mailbox, use: string): Promise<boolean> =>
    (await store.open(account)).hasSpecialUse(name, use, specialUse);
  const by = session.user.account;
  const fromJunk = source !== undefined && (await is(source, '\\Junk'));
  if (await is(target, '\\Junk')) return fromJunk ? {} : { lesson: { kind: 'spam', by } };
  return fromJunk && !(await is(target, '\\Trash')) ? { lesson: { kind: 'ham', by } } : {};
}

/** What is said of messages by giving them a keyword. */
export function teachingOfKeywords(session: Session, change: Pick<FlagChange, 'mode' | 'flags'>): Teaching {
  const { teaching } = session.options;
  if (teaching === undefined || change.mode === 'remove') return {};
  const keywords = change.flags.keywords.map((keyword) => keyword.toLowerCase());
  const has = (known: readonly string[]): boolean =>
    known.some((keyword) => keywords.includes(keyword.toLowerCase()));
  const [spam, ham] = [has(teaching.spamKeywords), has(teaching.hamKeywords)];
  // Who says both says nothing.
  if (spam === ham) return {};
  return { lesson: { kind: spam ? 'spam' : 'ham', by: session.user.account } };
}
