import { createHash } from 'node:crypto';
import type { Message } from '../../message/types.ts';
import type { FuzzySettings } from './settings.ts';
import { signatureOf } from './shingles.ts';
import type { Fingerprint } from './types.ts';

/** Files looked at in one message. */
const MOST_FILES = 16;
/** Octets hashed in one message; what comes after is not compared. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Characters of a file's name that go into the evidence. */
const NAME = 60;

/** What of a message can be compared; undefined when that is nothing. Never throws for what it holds. */
export function fingerprintOf(
  message: Message,
  settings: Pick<FuzzySettings, 'minimumWords' | 'fileBytes' | 'imageBytes'>,
): Fingerprint | undefined {
  const signature = signatureOf(message.text, settings.minimumWords);
  const files = new Map<string, string>();
  let hashed = 0;
  for (const { content, type, filename } of message.attachments) {
    const least = type.startsWith('image/') ? settings.imageBytes : settings.fileBytes;
    if (content.length < least || hashed + content.length > MOST_BYTES) continue;
    hashed += content.length;
    const digest = digestOf(content);
    if (!files.has(digest)) files.set(digest, (filename ?? type).slice(0, NAME));
    if (files.size === MOST_FILES) break;
  }
  if (signature === undefined && files.size === 0) return undefined;
  return {
    ...(signature === undefined ? {} : { signature }),
    files: [...files].map(([digest, name]) => ({ digest, name })),
  };
}

/** 64 bits of the SHA-256, as 11 characters that may stand in a key. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest().subarray(0, 8).toString('base64url');
}
