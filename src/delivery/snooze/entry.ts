import { z } from 'zod';

const flags = z.array(z.string().max(200)).max(1000);

/** A message that waits, as the state remembers it. */
const entry = z.strictObject({
  account: z.string().min(1).max(1000),
  /** Of its file, and the mailbox it waits in. */
  name: z.string().regex(/^[^/\0:]{1,255}$/),
  from: z.string().min(1).max(1000),
  /** When it was put away, and when it comes back: milliseconds since the epoch. */
  since: z.number(),
  wakes: z.number(),
  /** Where it comes back, and whether that mailbox is made when it is not there. */
  mailbox: z.string().max(1000),
  mailboxId: z.string().max(1000).optional(),
  specialUse: z.string().max(1000).optional(),
  create: z.boolean(),
  addFlags: flags,
  removeFlags: flags,
});

export type SnoozedMessage = z.infer<typeof entry>;

export function formatSnoozed(message: SnoozedMessage): Uint8Array {
  return Buffer.from(JSON.stringify(message));
}

/** Throws when the text is none. */
export function parseSnoozed(value: Uint8Array): SnoozedMessage {
  return entry.parse(JSON.parse(Buffer.from(value).toString('utf8')));
}
