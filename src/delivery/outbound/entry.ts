import { z } from 'zod';

/** No control characters: an address goes into SMTP commands and header fields. */
const address = z
  .string()
  .max(2000)
  .regex(/^[^\x00-\x1f\x7f]*$/, 'the address holds a control character');

/** What became of one recipient. */
const recipient = z.strictObject({
  address: address.min(1),
  state: z.enum(['waiting', 'sent', 'failed']),
  /** Last answer, one line: `550 5.1.1 …`. */
  reply: z.string().max(4000).optional(),
  /** Name of the server that gave it. */
  remote: z.string().max(1000).optional(),
});

/** The control file of a mail in the spool. Times are milliseconds since the epoch. */
const entry = z.strictObject({
  version: z.literal(1),
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  cause: z.string().max(1000),
  kind: z.enum(['redirect', 'relay', 'bounce', 'vacation', 'notify', 'report']),
  /** RFC 3461 §4: what the next server is asked for. */
  dsn: z
    .strictObject({
      notify: z
        .string()
        .regex(/^(?:NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY)){0,2})$/)
        .optional(),
      ret: z.enum(['FULL', 'HDRS']).optional(),
    })
    .optional(),
  /** Given up then, when that is before the lifetime of all mail. */
  deadline: z.number().optional(),
  sender: address,
  created: z.number(),
  attempts: z.number().int().nonnegative(),
  /** Not to be tried before. */
  next: z.number(),
  /** Bytes of the message file. */
  size: z.number().int().nonnegative(),
  /** The message holds bytes above 127. */
  eightBit: z.boolean(),
  recipients: z.array(recipient).min(1),
});

export type SpoolEntry = z.infer<typeof entry>;
export type SpoolRecipient = z.infer<typeof recipient>;

/** Throws when the text is no control file of the mail `id`. */
export function parseEntry(text: string, id: string): SpoolEntry {
  const parsed = entry.parse(JSON.parse(text));
  if (parsed.id !== id) throw new TypeError(`the control file of ${id} belongs to ${parsed.id}`);
  return parsed;
}

export const waiting = (mail: SpoolEntry): SpoolRecipient[] =>
  mail.recipients.filter((recipient) => recipient.state === 'waiting');
