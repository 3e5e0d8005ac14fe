import { StoreError } from '../../store/types.ts';
import type { Answers } from './types.ts';

/** What scripts ask of the account's mailboxes. A name that no mailbox can have names none that is there. */
export const mailboxes = {
  // RFC 5490 §3.1.
  'mailbox-exists': ({ mailbox }, { store }) => orNone(store.exists(mailbox), false),
  // RFC 9042 §5.
  'mailbox-id-exists': async ({ id }, { store }) => (await store.mailboxById(id)) !== undefined,
  // RFC 8579 §3.
  'special-use-exists': async ({ use, mailbox }, { store }) =>
    mailbox === undefined
      ? (await store.specialUse(use)) !== undefined
      : orNone(store.hasSpecialUse(mailbox, use), false),
  // RFC 5490 §4.
  metadata: ({ mailbox, annotation }, { store }) => orNone(store.annotation(mailbox, annotation), undefined),
  'server-metadata': ({ annotation }, { store }) => store.annotation(undefined, annotation),
} satisfies Partial<Answers>;

async function orNone<T>(asked: Promise<T>, none: T): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof StoreError && error.reason === 'invalid-name') return none;
    throw error;
  }
}
