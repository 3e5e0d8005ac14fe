import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Disk, errorCode, replaceFile } from './durable.ts';

const limit = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

/** What is known of a mailbox, or of an account, beside its mail. */
const facts = z.object({
  /** MAILBOXID (RFC 8474 §4.1): stays when the mailbox is renamed, another one when it is made anew. */
  id: z
    .string()
    .regex(/^[\w-]{1,255}$/)
    .optional(),
  /** Of the index: one that is made anew must choose a higher one. */
  uidValidity: z.number().int().min(1).max(0xffff_ffff).optional(),
  /** Attributes such as `\Junk` (RFC 6154 §2). */
  specialUse: z.array(z.string().max(100)).max(20).default([]),
  /** Values of annotations by their names (RFC 5464 §3). */
  metadata: z.record(z.string().max(1000), z.string().max(65_536)).default({}),
  /** Values that are no text, in base64. */
  binaryMetadata: z.record(z.string().max(1000), z.string().max(131_072)).optional(),
  /** Of an account: its private annotations of mailboxes of others, by `<account>/<MAILBOXID>`, the values in base64. */
  foreignMetadata: z
    .record(z.string().max(1000), z.record(z.string().max(1000), z.string().max(131_072)))
    .optional(),
  /** Rights (RFC 4314 §2) by identifier. */
  acl: z.record(z.string().max(1000), z.string().regex(/^[lrswipkxtea]*$/)).optional(),
  /** Limits (RFC 9208 §3): octets and counts; what is not there has no limit. */
  quota: z
    .object({
      storage: limit,
      messages: limit,
      mailboxes: limit,
      annotations: limit,
    })
    .optional(),
});

export type MailboxFacts = z.infer<typeof facts>;

/** In the folder of the mailbox: it follows a rename, and is gone with the mailbox. */
export const FACTS_FILE = 'tamis-mailbox.json';
/** Those of the whole store, beside the accounts: no account's folder begins with a dot. */
export const SERVER_FACTS_FILE = '.tamis-server.json';
/** Annotations are short texts; more is not read at each mail. */
export const MAX_FACTS_BYTES = 256 * 1024;

/** The facts in a folder; those of nobody when there is no file. Rejects when the file is there and cannot be used. */
export async function readFacts(folder: string, file = FACTS_FILE): Promise<MailboxFacts> {
  let handle;
  try {
    handle = await open(join(folder, file), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return facts.parse({});
    throw error;
  }
  try {
    const bytes = Buffer.alloc(Math.min((await handle.stat()).size, MAX_FACTS_BYTES));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return facts.parse(JSON.parse(bytes.toString('utf8', 0, bytesRead)));
  } finally {
    await handle.close();
  }
}

/** Durable when it resolves. `unique` is part of the name of the temporary file, in the same folder. */
export function writeFacts(disk: Disk, folder: string, value: MailboxFacts, unique: string): Promise<void> {
  const text = `${JSON.stringify(value, undefined, 1)}\n`;
  return replaceFile(disk, join(folder, 'tmp', unique), join(folder, FACTS_FILE), [Buffer.from(text)]);
}
