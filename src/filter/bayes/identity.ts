import { createHash } from 'node:crypto';
import type { Message } from '../../message/types.ts';

/** What a copy of a message in a mailbox still has, and two messages hardly share. */
const FIELDS = ['message-id', 'date', 'from', 'subject'];
/** Octets of the body that are read: a difference beyond is none of text. */
const MOST_BODY = 256 * 1024;

/**
 * By what a message is known to have been learned: some fields and the body, so that the copy in a mailbox, which has
 * gained trace fields and maybe other line endings, is the same message.
 */
export function messageHash({ raw, header, root }: Message): bigint {
  const hash = createHash('sha256');
  for (const name of FIELDS) hash.update(`${header.get(name)?.value ?? ''}\n`);
  const body = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  const text = body.toString('latin1', root.bodyStart, root.bodyStart + MOST_BODY);
  hash.update(text.replaceAll('\r', '').trimEnd(), 'latin1');
  return hash.digest().readBigUInt64LE(0);
}
